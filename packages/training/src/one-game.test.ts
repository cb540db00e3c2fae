/** Groups whose members are seats of one game: who waits for whom, and who is let go. */
import {
  type Env,
  type EnvGroupBuilder,
  modelInput,
  type Observation,
  type SampleRequest,
  type SamplingClient,
  type StepResult,
} from '@tinsmith/core';
import { expect, test } from 'vitest';
import { rollOutGroup } from './rollout.js';
import type { RolloutErrorPolicy } from './rollout-errors.js';

/** The prompt of seat s in round r is [s, r]; a game has three rounds. A seat that is alone learns that the game is over. */
class Counting {
  turn = 0;
  readonly left = new Set<number>();
  #wake = Promise.withResolvers<void>();

  changed() {
    this.#wake.resolve();
    this.#wake = Promise.withResolvers();
  }

  seat(seat: 0 | 1): Env {
    const isOver = () => this.turn >= 6 || this.left.size > 0;
    const mine = async (): Promise<Observation | undefined> => {
      while (!isOver() && this.turn % 2 !== seat) await this.#wake.promise;
      if (isOver()) return undefined;
      return { input: modelInput([seat, Math.floor(this.turn / 2)]), stop: [99] };
    };
    return {
      async initialObservation() {
        const first = await mine();
        return first ?? { input: modelInput([seat]), stop: [99], ended: { reward: 0, stopReason: 'alone' } };
      },
      step: async (): Promise<StepResult> => {
        this.turn++;
        this.changed();
        const next = await mine();
        return next
          ? { reward: 1, episodeDone: false, next }
          : { reward: 1, episodeDone: true, stopReason: this.left.size > 0 ? 'alone' : 'completed' };
      },
      leave: () => {
        this.left.add(seat);
        this.changed();
      },
    };
  }
}

function oneGame() {
  const games: Counting[] = [];
  const builder: EnvGroupBuilder = {
    tags: [],
    isOneGame: true,
    makeEnvs() {
      const game = new Counting();
      games.push(game);
      return [game.seat(0), game.seat(1)];
    },
  };
  return { builder, games };
}

const answer = { sequences: [{ tokens: [7], logprobs: [-1], stopReason: 'stop' as const }] };
/** Answers when `before` is over; calls count from 0. */
const policyOf = (before: (request: SampleRequest, call: number) => Promise<void>): SamplingClient => {
  let calls = 0;
  return {
    sample: async request => before(request, calls++).then(() => answer),
    computeLogprobs: async () => [],
  };
};
const options = { maxTokens: 3, temperature: 1, seed: 0 };
const play = (policy: SamplingClient, errorPolicy?: RolloutErrorPolicy, limits = {}) => {
  const { builder, games } = oneGame();
  return { group: rollOutGroup(builder, policy, { ...options, errorPolicy, limits }), games };
};
const fails = (...calls: number[]) =>
  policyOf(async (_, call) => {
    if (calls.includes(call)) throw new Error(`call ${call} failed`);
  });

test('the second seat begins when the first has moved, and each plays all of its turns', async () => {
  const { trajectories } = await play(policyOf(async () => undefined)).group;
  expect(trajectories.map(({ transitions }) => transitions.length)).toEqual([3, 3]);
  expect(trajectories.map(({ stopReason }) => stopReason)).toEqual(['completed', 'completed']);
});

test.each([0, 1, 2, 3, 4, 5])(
  'a failure in turn %i ends the group, and nobody is left waiting',
  async turn => {
    const { group, games } = play(fails(turn));
    await expect(group).rejects.toThrow(`call ${turn} failed`);
    await expect.poll(() => games[0]!.left).toEqual(new Set([0, 1]));
  },
);

test.each([{ kind: 'retry' }, { kind: 'min_viable', minSuccessful: 2 }] as const)(
  'with $kind a game in which one seat fails is played again from its start, by both',
  async errorPolicy => {
    const { group, games } = play(fails(3), errorPolicy);
    const { trajectories, rolloutErrors } = await group;
    expect(trajectories.map(({ transitions }) => transitions.length)).toEqual([3, 3]);
    expect(rolloutErrors).toMatchObject([{ message: 'call 3 failed' }]);
    expect(games).toHaveLength(2);
  },
);

test('a game that fails again and again is given up', async () => {
  const always = policyOf(async () => Promise.reject(new Error('gone')));
  await expect(play(always, { kind: 'retry', maxRetries: 2 }).group).rejects.toThrow('gone');
  await expect(play(always, { kind: 'min_viable' }).group).rejects.toMatchObject({
    code: 'ALL_ROLLOUTS_FAILED',
  });
});

test('a seat that reaches a limit keeps what it has, and the other one is told that it is alone', async () => {
  const { trajectories } = await play(
    policyOf(async () => undefined),
    undefined,
    { maxTurns: 2 },
  ).group;
  expect(trajectories[0]).toMatchObject({ stopReason: 'max_turns' });
  expect(trajectories[0]!.transitions).toHaveLength(2);
  expect(trajectories[1]).toMatchObject({ stopReason: 'alone' });
});

test('an engine that never answers one seat is a timeout, and the game is played again', async () => {
  const policy = policyOf(async (_, call) => (call === 2 ? new Promise<void>(() => {}) : undefined));
  const { group, games } = play(policy, { kind: 'retry' }, { turnTimeoutSeconds: 0.05 });
  expect((await group).rolloutErrors).toMatchObject([{ code: 'ROLLOUT_TIMEOUT' }]);
  expect(games).toHaveLength(2);
});

test('a game that is cancelled ends at once for both seats', async () => {
  const abort = new AbortController();
  const policy = policyOf(async ({ signal }, call) =>
    call === 2
      ? new Promise<void>((_, reject) => {
          signal!.addEventListener('abort', () => reject(signal!.reason as Error));
          abort.abort(new Error('enough'));
        })
      : undefined,
  );
  const { builder, games } = oneGame();
  const group = rollOutGroup(builder, policy, { ...options, signal: abort.signal });
  await expect(group).rejects.toThrow('enough');
  await expect.poll(() => games[0]!.left.size).toBe(2);
});
