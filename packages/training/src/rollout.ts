/**
 * Rollouts: a policy and an environment take turns. Tokens in, tokens out: what was sampled is kept as it was
 * sampled, and nothing is decoded and encoded again. Knows nothing about text, rewards or training.
 */
import { isDeepStrictEqual } from 'node:util';
import {
  type Env,
  type EnvGroupBuilder,
  type GroupReward,
  inputLength,
  type Observation,
  type SampledSequence,
  type SamplingClient,
  type StepResult,
  TinsmithError,
  type Trajectory,
  type TrajectoryGroup,
  type Transition,
} from '@tinsmith/core';
import { RolloutBudget, type RolloutLimits } from './rollout-limits.js';
import { type Attempts, type RolloutErrorPolicy, settleGroup } from './rollout-errors.js';
import { mixSeed } from './seed.js';
import { itemsOf } from './sequence.js';
import { withinSeconds, type Watch } from './stall-watch.js';

export interface RolloutOptions {
  /** The most tokens of one turn. */
  readonly maxTokens: number;
  readonly temperature: number;
  /** Everything sampled follows from it: see `mixSeed`. */
  readonly seed: number;
  readonly signal?: AbortSignal;
  /** When an episode is over besides what its environment says. Default: no limits. */
  readonly limits?: RolloutLimits | undefined;
  /** Is told what the rollout waits for. */
  readonly watch?: Watch | undefined;
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
 * group, then `cleanup` of the group in any case. If all begin with the same prompt, their first turns are one request, so
 * that an engine can compute the prompt once.
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

  try {
    const play = builder.isOneGame ? playTogether : playSideBySide;
    const own = { ...options, signal, errorPolicy };
    const { results: trajectories, errors } = await play(builder, policy, own);
    const rewards = await groupRewards(builder, trajectories);
    return {
      tags: builder.tags,
      trajectories,
      groupRewards: rewards.map(({ reward }) => reward),
      groupMetrics: rewards.map(({ metrics = {} }) => metrics),
      builder,
      rolloutErrors: errors,
    };
  } catch (error) {
    abandoned.abort(error);
    throw error;
  } finally {
    await builder.cleanup?.();
  }
}

type PlayOptions = RolloutOptions & { readonly errorPolicy: RolloutErrorPolicy };

/** Members that know nothing of each other: each fails, and is tried again, alone. */
async function playSideBySide(
  builder: EnvGroupBuilder,
  policy: SamplingClient,
  { errorPolicy, ...options }: PlayOptions,
): Promise<Attempts<Trajectory>> {
  const play = (env: Env, start: Promise<Start>, ...seedParts: readonly number[]) =>
    playOut(env, policy, { ...options, seed: mixSeed(options.seed, ...seedParts) }, start);
  const envs = await builder.makeEnvs();
  const starts = envs.map(async env => env.initialObservation());
  const openings = sampleOpenings(starts, policy, options);
  const opening = async (member: number): Promise<Start> => ({
    observation: await starts[member]!,
    action: (await openings)[member],
  });
  const first = envs.map(async (env, member) => play(env, opening(member), member));
  const again = async (member: number, attempt: number) => {
    const env = (await builder.makeEnvs())[member]!;
    return play(env, startOf(env), member, attempt);
  };
  return settleGroup(first, again, errorPolicy);
}

/** Seats of one game. The first failure ends it for all of them; then the game is tried again. */
async function playTogether(
  builder: EnvGroupBuilder,
  policy: SamplingClient,
  { errorPolicy, ...options }: PlayOptions,
): Promise<Attempts<Trajectory>> {
  const play = async (...seedParts: readonly number[]) => {
    const over = new AbortController();
    const signal = options.signal ? AbortSignal.any([options.signal, over.signal]) : over.signal;
    const envs = await builder.makeEnvs();
    const seats = envs.map(async (env, member) =>
      rollOut(env, policy, { ...options, signal, seed: mixSeed(options.seed, member, ...seedParts) }),
    );
    try {
      return await Promise.all(seats);
    } catch (error) {
      over.abort(error); // for seats that are sampling; those that wait are let go when the others leave
      throw error;
    }
  };
  // One member, as far as failures are counted: the game.
  const policyOfGame = errorPolicy.kind === 'min_viable' ? { ...errorPolicy, minSuccessful: 1 } : errorPolicy;
  const { results, errors } = await settleGroup([play()], (_, attempt) => play(attempt), policyOfGame);
  return { results: results.flat(), errors };
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
  const [first] = observations;
  const budget = new RolloutBudget(options.limits);
  if (!first || first.ended || budget.ends(first)) return [];
  return sample(policy, first, starts.length, {
    ...options,
    maxTokens: budget.turnTokens(first, options.maxTokens),
  });
}

/** One episode. The environment decides when it ends, or a limit does. */
export async function rollOut(
  env: Env,
  policy: SamplingClient,
  options: RolloutOptions,
): Promise<Trajectory> {
  return playOut(env, policy, options, startOf(env));
}

const startOf = async (env: Env): Promise<Start> => ({ observation: await env.initialObservation() });

interface Start {
  readonly observation: Observation;
  /** The first turn, if it has been sampled already. */
  readonly action?: SampledSequence | undefined;
}

/** From its start, which may be long in coming, until the environment can be left. */
async function playOut(
  env: Env,
  policy: SamplingClient,
  options: RolloutOptions,
  start: Promise<Start>,
): Promise<Trajectory> {
  try {
    return await playTurns(env, policy, options, await start);
  } finally {
    env.leave?.();
  }
}

async function playTurns(
  env: Env,
  policy: SamplingClient,
  options: RolloutOptions,
  start: Start,
): Promise<Trajectory> {
  const { limits = {}, watch } = options;
  if (start.observation.ended) return nothingSampled(start.observation, start.observation.ended);
  const budget = new RolloutBudget(limits);
  const transitions: Transition[] = [];
  let observation = start.observation;
  let action = start.action;
  for (;;) {
    const turn = transitions.length;
    const limit = budget.ends(observation);
    if (limit !== undefined && turn === 0)
      return nothingSampled(observation, { reward: 0, stopReason: limit });
    if (limit !== undefined) return ended(transitions, limit, budget);

    const maxTokens = budget.turnTokens(observation, options.maxTokens);
    const own = { ...options, maxTokens, seed: mixSeed(options.seed, turn) };
    action ??= (await sample(policy, observation, 1, own))[0]!;
    const taken: SampledSequence = action;
    const step = withinSeconds(
      limits.turnTimeoutSeconds,
      () => `an environment, for its answer to turn ${turn + 1}`,
      async () => env.step(taken),
      watch,
    );
    const result = checkedStep(await step, turn + 1);
    transitions.push(transitionOf(observation, taken, result));
    if (result.episodeDone) return ended(transitions, result.stopReason, budget);
    budget.took(taken);
    observation = result.next!;
    action = undefined;
  }
}

function transitionOf(
  { input }: Observation,
  action: SampledSequence,
  { reward, metrics = {}, logs = {} }: StepResult,
): Transition {
  return { observation: input, action, reward, metrics, logs };
}

/** An episode that could not begin is one turn without a token, so that its reward counts. */
function nothingSampled(
  observation: Observation,
  { reward, stopReason, ...rest }: NonNullable<Observation['ended']>,
): Trajectory {
  const action: SampledSequence = { tokens: [], logprobs: [], stopReason: 'length' };
  const transition = transitionOf(observation, action, { reward, episodeDone: true, ...rest });
  return ended([transition], stopReason);
}

/** The last turn says why the episode ended, and how many turns were cut off on the way. */
function ended(
  transitions: readonly Transition[],
  stopReason: string | undefined,
  budget?: RolloutBudget,
): Trajectory {
  const { truncations = 0 } = budget ?? {};
  if (stopReason === undefined && truncations === 0) return { transitions };
  const last = transitions.at(-1)!;
  const metrics = {
    ...last.metrics,
    ...(stopReason !== undefined && { [`stop/${stopReason}`]: 1 }),
    ...(truncations > 0 && { num_truncations_max_turn_tokens: truncations }),
  };
  return {
    transitions: [...transitions.slice(0, -1), { ...last, metrics }],
    ...(stopReason !== undefined && { stopReason }),
  };
}

function checkedStep(result: StepResult, turn: number): StepResult {
  const { reward, episodeDone, next } = result;
  if (!Number.isFinite(reward)) {
    throw new TinsmithError({
      code: 'ENVIRONMENT_STEP_INVALID',
      message: 'the environment gave a reward that is no number to learn from',
      found: `step ${turn} returned reward: ${reward}`,
      fix: 'give 0 where nothing can be said about an answer',
    });
  }
  if (episodeDone || next) return result;
  throw new TinsmithError({
    code: 'ENVIRONMENT_STEP_INVALID',
    message: 'the environment went on without saying what the policy sees next',
    found: `step ${turn} returned episodeDone: false and no next observation`,
    fix: 'return `next`, or end the episode',
  });
}

async function sample(
  policy: SamplingClient,
  { input, stop }: Observation,
  numSamples: number,
  { maxTokens, temperature, seed, signal, limits = {}, watch }: RolloutOptions,
): Promise<readonly SampledSequence[]> {
  const { sequences } = await withinSeconds(
    limits.turnTimeoutSeconds,
    () => `the engine, for ${numSamples} samples after ${inputLength(input)} tokens`,
    () =>
      policy.sample({
        prompt: input,
        numSamples,
        samplingParams: { maxTokens, temperature, seed, stop },
        ...(signal && { signal }),
      }),
    watch,
  );
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
  const [first, ...others] = starts.map(({ input, ...rest }) => [itemsOf(input), rest]);
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
