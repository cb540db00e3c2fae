/** What becomes of a group with failures, against the reference, in virtual time. */
import type { Metrics } from '@tinsmith/core';
import { expect } from 'vitest';
import { minViableFloor, RolloutErrorCounter, type RolloutErrorPolicy, settleGroup } from '../src/index.js';
import { testGoldenRows } from './golden.js';

testGoldenRows<{ group_size: number }, { floor: number }>(
  'environments',
  'min_viable_floor',
  ({ input, expected }) => expect(minViableFloor(input.group_size)).toBe(expected.floor),
);

interface Attempt {
  readonly time: number;
  readonly error: string | null;
}
interface Group {
  readonly strategy: RolloutErrorPolicy['kind'];
  readonly options: { readonly max_retries?: number; readonly min_successful?: number };
  readonly first_attempts: readonly Attempt[];
  readonly retry_attempts: readonly Attempt[];
}
interface Settled {
  readonly outcome: string;
  readonly trajectories?: number[];
  readonly errors?: string[];
  readonly make_envs_calls: number;
}

testGoldenRows<Group, Settled>('environments', 'group_strategy', async ({ input, expected }) => {
  const clock = new VirtualClock();
  const retries = input.retry_attempts.values();
  let made = input.first_attempts.length;
  let makeEnvsCalls = 1;
  const first = input.first_attempts.map((attempt, index) => clock.play(attempt, index));
  const again = () => {
    makeEnvsCalls++;
    return clock.play(retries.next().value!, made++);
  };
  const policy = {
    kind: input.strategy,
    maxRetries: input.options.max_retries,
    minSuccessful: input.options.min_successful,
  } as RolloutErrorPolicy;
  const settled = settleGroup(first, again, policy).then(
    ({ results, errors }) => ({
      outcome: 'ok',
      results,
      errors: errors.map(error => (error as Error).message),
    }),
    (error: Error & { code?: string }) => ({ outcome: error.code ?? error.message }),
  );
  await clock.run();
  const ours = await settled;

  const names: Record<string, string> = { ALL_ROLLOUTS_FAILED: 'AllTrajectoriesFailedError' };
  expect(names[ours.outcome] ?? ours.outcome).toBe(expected.outcome);
  expect(makeEnvsCalls).toBe(expected.make_envs_calls);
  if (!('results' in ours)) return;
  // Deviation: ours keep the order of the members; the reference's come as they end, once failures are tolerated.
  expect(new Set(ours.results)).toEqual(new Set(expected.trajectories));
  expect(ours.results).toHaveLength(expected.trajectories!.length);
  expect(ours.errors).toEqual(expected.errors);
});

/** Plays attempts one after the other, in the order of their ends, and lets everything else happen in between. */
class VirtualClock {
  #now = 0;
  #pending: { readonly end: number; readonly settle: () => void }[] = [];

  play({ time, error }: Attempt, index: number): Promise<number> {
    return new Promise((resolve, reject) => {
      const settle = () => (error === null ? resolve(index) : reject(new Error(error)));
      this.#pending.push({ end: this.#now + time, settle });
    });
  }

  async run(): Promise<void> {
    while (this.#pending.length > 0) {
      this.#pending = this.#pending.toSorted((a, b) => a.end - b.end);
      const { end, settle } = this.#pending.shift()!;
      this.#now = end;
      settle();
      await new Promise(resolve => setImmediate(resolve));
    }
  }
}

testGoldenRows<{ groups: (string[] | null)[] }, Metrics>(
  'rl_metrics',
  'error_counter',
  ({ input, expected }) => {
    const counter = new RolloutErrorCounter();
    expect(counter.metrics()).toEqual({});
    for (const names of input.groups) {
      const errors = (names ?? []).map(name => Object.assign(new Error('failed'), { name }));
      counter.add(errors, { isSkipped: names === null });
    }
    expect(counter.metrics()).toEqual(expected);
  },
);
