/**
 * Rollouts: a policy and an environment take turns. Tokens in, tokens out: what was sampled is kept as it was
 * sampled, and nothing is decoded and encoded again. Knows nothing about text, rewards or training.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  type Env,
  type EnvGroupBuilder,
  type GroupReward,
  type Observation,
  type SampledSequence,
  type SamplingClient,
  TinsmithError,
  type Trajectory,
  type TrajectoryGroup,
  type Transition,
} from '@tinsmith/core';
import { type RolloutErrorPolicy, settleGroup } from './rollout-errors.js';
import { mixSeed } from './seed.js';
import { itemsOf } from './sequence.js';

export interface RolloutOptions {
  /** The most tokens of one turn. */
  readonly maxTokens: number;
  readonly temperature: number;
  /** Everything sampled follows from it: see `mixSeed`. */
  readonly seed: number;
  readonly signal?: AbortSignal;
}

export interface GroupRolloutOptions extends RolloutOptions {
  /** Default: the first failure ends the group. */
  readonly errorPolicy?: RolloutErrorPolicy | undefined;
}

export interface RolledOutGroup extends TrajectoryGroup {
  /** Failures that the group got over. */
  readonly rolloutErrors: readonly unknown[];
}

/**
 * One episode of every environment of the group, all at the same time, then the rewards that need the whole
 * group. If all begin with the same prompt, their first turns are one request, so that an engine can compute
 * the prompt once.
 *
 * Throws the failure that ends the group by its error policy; what its other members were doing is aborted then.
 */
export async function rollOutGroup(
  builder: EnvGroupBuilder,
  policy: SamplingClient,
  { errorPolicy = { kind: 'fail_fast' }, ...options }: GroupRolloutOptions,
): Promise<RolledOutGroup> {
  const abandoned = new AbortController();
  const signal = options.signal ? AbortSignal.any([options.signal, abandoned.signal]) : abandoned.signal;
  const play = (env: Env, start: Start, ...seedParts: readonly number[]) =>
    playOut(env, policy, { ...options, signal, seed: mixSeed(options.seed, ...seedParts) }, start);

  const envs = await builder.makeEnvs();
  const starts = envs.map(async env => env.initialObservation());
  const openings = sampleOpenings(starts, policy, { ...options, signal });
  const first = envs.map(async (env, member) => {
    const observation = await starts[member]!;
    return play(env, { observation, action: (await openings)[member] }, member);
  });
  const again = async (member: number, attempt: number) => {
    const env = (await builder.makeEnvs())[member]!;
    return play(env, { observation: await env.initialObservation() }, member, attempt);
  };

  try {
    const { results: trajectories, errors } = await settleGroup(first, again, errorPolicy);
    const rewards = await groupRewards(builder, trajectories);
    return {
      tags: builder.tags,
      trajectories,
      groupRewards: rewards.map(({ reward }) => reward),
      groupMetrics: rewards.map(({ metrics = {} }) => metrics),
      rolloutErrors: errors,
    };
  } catch (error) {
    abandoned.abort(error);
    throw error;
  }
}

/** The first turns of all members, if one request can give them; otherwise none. */
async function sampleOpenings(
  starts: readonly Promise<Observation>[],
  policy: SamplingClient,
  options: RolloutOptions,
): Promise<readonly SampledSequence[]> {
  const settled = await Promise.allSettled(starts);
  const observations = settled.flatMap(start => (start.status === 'fulfilled' ? [start.value] : []));
  if (observations.length < starts.length || !areEqual(observations)) return [];
  return sample(policy, observations[0]!, starts.length, options);
}

/** One episode. The environment decides when it ends. */
export async function rollOut(
  env: Env,
  policy: SamplingClient,
  options: RolloutOptions,
): Promise<Trajectory> {
  return playOut(env, policy, options, { observation: await env.initialObservation() });
}

interface Start {
  readonly observation: Observation;
  /** The first turn, if it has been sampled already. */
  readonly action?: SampledSequence | undefined;
}

async function playOut(
  env: Env,
  policy: SamplingClient,
  options: RolloutOptions,
  start: Start,
): Promise<Trajectory> {
  const transitions: Transition[] = [];
  let observation: Observation | undefined = start.observation;
  let action = start.action;
  while (observation) {
    const seed = mixSeed(options.seed, transitions.length);
    action ??= (await sample(policy, observation, 1, { ...options, seed }))[0]!;
    const { reward, episodeDone, next, metrics = {}, logs = {} } = await env.step(action);
    if (!Number.isFinite(reward)) {
      throw new TinsmithError({
        code: 'ENVIRONMENT_STEP_INVALID',
        message: 'the environment gave a reward that is no number to learn from',
        found: `step ${transitions.length + 1} returned reward: ${reward}`,
        fix: 'give 0 where nothing can be said about an answer',
      });
    }
    transitions.push({ observation: observation.input, action, reward, metrics, logs });
    if (!episodeDone && !next) {
      throw new TinsmithError({
        code: 'ENVIRONMENT_STEP_INVALID',
        message: 'the environment went on without saying what the policy sees next',
        found: `step ${transitions.length} returned episodeDone: false and no next observation`,
        fix: 'return `next`, or end the episode',
      });
    }
    observation = episodeDone ? undefined : next;
    action = undefined;
  }
  return { transitions };
}

async function sample(
  policy: SamplingClient,
  { input, stop }: Observation,
  numSamples: number,
  { maxTokens, temperature, seed, signal }: RolloutOptions,
): Promise<readonly SampledSequence[]> {
  const { sequences } = await policy.sample({
    prompt: input,
    numSamples,
    samplingParams: { maxTokens, temperature, seed, stop },
    ...(signal && { signal }),
  });
  const wrong = sequences.find(({ tokens, logprobs }) => tokens.length !== logprobs.length);
  if (sequences.length !== numSamples || wrong) {
    throw new TinsmithError({
      code: 'SAMPLE_INVALID',
      message: 'the engine did not answer a sample request as asked',
      found: wrong
        ? `${wrong.tokens.length} tokens with ${wrong.logprobs.length} logprobs`
        : `${sequences.length} samples instead of ${numSamples}`,
      fix: 'report this to the author of the engine',
    });
  }
  return sequences;
}

function areEqual(starts: readonly Observation[]): boolean {
  const [first, ...others] = starts.map(({ input, stop }) => [itemsOf(input), stop]);
  return first !== undefined && others.every(other => isDeepStrictEqual(other, first));
}

async function groupRewards(
  builder: EnvGroupBuilder,
  trajectories: readonly Trajectory[],
): Promise<readonly GroupReward[]> {
  if (!builder.computeGroupRewards) return trajectories.map(() => ({ reward: 0 }));
  const rewards = await builder.computeGroupRewards(trajectories);
  if (rewards.length === trajectories.length) return rewards;
  throw new TinsmithError({
    code: 'GROUP_REWARDS_INVALID',
    message: 'computeGroupRewards must return one reward per trajectory',
    found: `${rewards.length} rewards for ${trajectories.length} trajectories`,
  });
}
