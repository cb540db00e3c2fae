import {
  type Env,
  type EnvGroupBuilder,
  inputTokens,
  modelInput,
  type SampledSequence,
  type SampleRequest,
  type SamplingClient,
  type StepResult,
} from '@tinsmith/core';
import { expect, test } from 'vitest';
import { rollOut, rollOutGroup } from './rollout.js';
import { mixSeed } from './seed.js';

const options = { maxTokens: 3, temperature: 0.7, seed: 42 };

test('samples members that share a prompt with one request, and gives each its own answer', async () => {
  const policy = new EchoPolicy();
  const group = await rollOutGroup(groupOf([[7, 8]], [[7, 8]], [[7, 8]]), policy, options);

  expect(policy.requests).toHaveLength(1);
  expect(policy.requests[0]).toMatchObject({
    numSamples: 3,
    samplingParams: { maxTokens: 3, temperature: 0.7, seed: 42, stop: [99] },
  });
  expect(actions(group)).toEqual([[[42]], [[43]], [[44]]]);
});

test('samples members with different prompts apart, with a seed of their own each', async () => {
  const policy = new EchoPolicy();
  await rollOutGroup(groupOf([[1]], [[2]]), policy, options);

  expect(policy.requests.map(request => inputTokens(request.prompt))).toEqual([[1], [2]]);
  const seeds = policy.requests.map(request => request.samplingParams.seed);
  expect(seeds).toEqual([0, 1].map(member => mixSeed(mixSeed(options.seed, member), 0)));
});

test('plays on until the environment ends the episode, with a new seed for each turn', async () => {
  const policy = new EchoPolicy();
  const { transitions } = await rollOut(new ScriptedEnv([[1], [1, 5], [1, 5, 6]]), policy, options);

  expect(transitions.map(({ observation }) => inputTokens(observation))).toEqual([[1], [1, 5], [1, 5, 6]]);
  expect(transitions.map(({ reward }) => reward)).toEqual([0, 1, 2]);
  expect(transitions[1]).toMatchObject({ metrics: { turn: 1 }, logs: { said: 'turn 1' } });
  expect(new Set(policy.requests.map(request => request.samplingParams.seed)).size).toBe(3);
});

test('keeps actions exactly as sampled', async () => {
  const policy = new EchoPolicy();
  const { transitions } = await rollOut(new ScriptedEnv([[1]]), policy, options);
  expect(transitions[0]!.action).toBe(policy.answers[0]);
});

test('repeats a group exactly for the same seed', async () => {
  expect((await play(5)).trajectories).toEqual((await play(5)).trajectories);
  expect(actions(await play(5))).not.toEqual(actions(await play(6)));
});

test('adds group rewards and their metrics, and 0 where the builder gives none', async () => {
  const builder: EnvGroupBuilder = {
    ...groupOf([[1]], [[1]]),
    computeGroupRewards: trajectories =>
      trajectories.map((_, reward) => ({ reward, metrics: { win: reward } })),
  };
  const judged = await rollOutGroup(builder, new EchoPolicy(), options);
  expect(judged).toMatchObject({
    tags: ['toy'],
    groupRewards: [0, 1],
    groupMetrics: [{ win: 0 }, { win: 1 }],
  });

  const plain = await rollOutGroup(groupOf([[1]], [[1]]), new EchoPolicy(), options);
  expect(plain).toMatchObject({ groupRewards: [0, 0], groupMetrics: [{}, {}] });
});

test('refuses group rewards that do not match the trajectories', async () => {
  const builder: EnvGroupBuilder = { ...groupOf([[1]], [[1]]), computeGroupRewards: () => [{ reward: 1 }] };
  await expect(rollOutGroup(builder, new EchoPolicy(), options)).rejects.toMatchObject({
    code: 'GROUP_REWARDS_INVALID',
  });
});

test('refuses an engine that returns too few samples, or tokens without logprobs', async () => {
  const tooFew = new EchoPolicy(sequences => sequences.slice(1));
  await expect(rollOutGroup(groupOf([[1]], [[1]]), tooFew, options)).rejects.toMatchObject({
    code: 'SAMPLE_INVALID',
    found: '1 samples instead of 2',
  });
  const bare = new EchoPolicy(sequences => sequences.map(sequence => ({ ...sequence, logprobs: [] })));
  await expect(rollOut(new ScriptedEnv([[1]]), bare, options)).rejects.toMatchObject({
    code: 'SAMPLE_INVALID',
  });
});

test('refuses an environment that neither ends nor goes on', async () => {
  const env: Env = {
    initialObservation: () => ({ input: modelInput([1]), stop: [99] }),
    step: () => ({ reward: 0, episodeDone: false }),
  };
  await expect(rollOut(env, new EchoPolicy(), options)).rejects.toMatchObject({
    code: 'ENVIRONMENT_STEP_INVALID',
  });
});

test('hands the abort signal to the engine', async () => {
  const policy = new EchoPolicy();
  const { signal } = new AbortController();
  await rollOut(new ScriptedEnv([[1]]), policy, { ...options, signal });
  expect(policy.requests[0]!.signal).toBe(signal);
});

test('tries a failed rollout again in a fresh environment, with samples of its own', async () => {
  const policy = new EchoPolicy();
  const builder = failingGroup([0, 1, 0]);
  const group = await rollOutGroup(builder, policy, { ...options, errorPolicy: { kind: 'retry' } });

  expect(group.trajectories).toHaveLength(3);
  expect(group.rolloutErrors).toMatchObject([{ message: 'attempt 0 of member 1' }]);
  const seeds = policy.requests.map(request => request.samplingParams.seed);
  expect(seeds).toEqual([42, mixSeed(mixSeed(42, 1, 1), 0)]);
});

test('goes on with a viable rest of a group', async () => {
  const errorPolicy = { kind: 'min_viable', maxRetries: 0 } as const;
  const group = await rollOutGroup(failingGroup([0, 9, 0, 0]), new EchoPolicy(), { ...options, errorPolicy });
  expect(group.trajectories).toHaveLength(3);
  expect(group.groupRewards).toEqual([0, 0, 0]);

  const broken = rollOutGroup(failingGroup([9, 9, 0, 0]), new EchoPolicy(), { ...options, errorPolicy });
  await expect(broken).rejects.toMatchObject({ code: 'ALL_ROLLOUTS_FAILED' });
});

test('a failure that ends the group aborts what its other members were asking for', async () => {
  const aborted = Promise.withResolvers<unknown>();
  const policy = new EchoPolicy();
  policy.sample = async request => {
    request.signal!.addEventListener('abort', () => aborted.resolve(request.signal!.reason));
    return new Promise(() => {}); // never answers
  };
  const good = new ScriptedEnv([[1]]);
  const bad: Env = {
    initialObservation: () => Promise.reject(new Error('no problem here')),
    step: () => good.step(),
  };
  const group = rollOutGroup({ tags: [], makeEnvs: () => [good, bad] }, policy, options);
  await expect(group).rejects.toThrow('no problem here');
  expect(await aborted.promise).toMatchObject({ message: 'no problem here' });
});

test.each([Number.NaN, Infinity])('refuses a reward of %s, and says which step gave it', async reward => {
  const env: Env = {
    initialObservation: () => ({ input: modelInput([1]), stop: [99] }),
    step: () => ({ reward, episodeDone: true }),
  };
  await expect(rollOut(env, new EchoPolicy(), options)).rejects.toMatchObject({
    code: 'ENVIRONMENT_STEP_INVALID',
    found: `step 1 returned reward: ${reward}`,
  });
});

/** Answers each request with one token: the seed plus the number of the sample, as engines use their seed. */
class EchoPolicy implements SamplingClient {
  readonly requests: SampleRequest[] = [];
  readonly answers: SampledSequence[] = [];
  readonly #spoil: (sequences: SampledSequence[]) => SampledSequence[];

  constructor(spoil = (sequences: SampledSequence[]) => sequences) {
    this.#spoil = spoil;
  }

  async sample(request: SampleRequest) {
    this.requests.push(request);
    const sequences = Array.from({ length: request.numSamples }, (_, index) => ({
      tokens: [request.samplingParams.seed! + index],
      logprobs: [-0.5],
      stopReason: 'stop' as const,
    }));
    this.answers.push(...sequences);
    return { sequences: this.#spoil(sequences) };
  }

  computeLogprobs(): Promise<never> {
    throw new Error('a rollout only samples');
  }
}

/** Shows the given prompts one after the other, whatever is said; rewards 0, 1, 2, ... */
class ScriptedEnv implements Env {
  readonly #prompts: readonly number[][];
  #turn = 0;

  constructor(prompts: readonly number[][]) {
    this.#prompts = prompts;
  }

  initialObservation() {
    return { input: modelInput(this.#prompts[0]!), stop: [99] };
  }

  step(): StepResult {
    const turn = this.#turn++;
    const prompt = this.#prompts[turn + 1];
    const told = { reward: turn, metrics: { turn }, logs: { said: `turn ${turn}` } };
    if (!prompt) return { ...told, episodeDone: true };
    return { ...told, episodeDone: false, next: { input: modelInput(prompt), stop: [99] } };
  }
}

const play = (seed: number) =>
  rollOutGroup(groupOf([[1], [2]], [[1], [3]]), new EchoPolicy(), { ...options, seed });

function groupOf(...scripts: readonly number[][][]): EnvGroupBuilder {
  return { tags: ['toy'], makeEnvs: () => scripts.map(script => new ScriptedEnv(script)) };
}

const actions = (group: Awaited<ReturnType<typeof rollOutGroup>>) =>
  group.trajectories.map(({ transitions }) => transitions.map(({ action }) => action.tokens));

/** Member i fails in its first `failures[i]` environments. */
function failingGroup(failures: readonly number[]): EnvGroupBuilder {
  const left = [...failures];
  return {
    tags: [],
    makeEnvs: () =>
      failures.map((total, member): Env => {
        const env = new ScriptedEnv([[1]]);
        return {
          initialObservation: () => env.initialObservation(),
          step() {
            if (left[member] === 0) return env.step();
            throw new Error(`attempt ${total - left[member]!--} of member ${member}`);
          },
        };
      }),
  };
}
