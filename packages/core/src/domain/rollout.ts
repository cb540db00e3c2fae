/**
 * Rollouts and environments (cookbook-algorithms, sections 2 and 4). An environment is single-use: one
 * episode. A group is several episodes of one problem, whose rewards are compared with each other.
 */
import type { StandardSchemaV1 } from '@standard-schema/spec';
import { named } from '../token.js';
import type { ModelInput } from './data.js';
import type { SampledSequence, SamplingParams } from './engine.js';
import type { Renderer } from './renderer.js';
import type { Tokenizer } from './tokenizer.js';

export type Metrics = Readonly<Record<string, number>>;
export type StopCondition = NonNullable<SamplingParams['stop']>;

export interface Observation {
  readonly input: ModelInput;
  readonly stop: StopCondition;
  /** The most tokens of this turn, where it is fewer than the policy's own limit. */
  readonly maxTokens?: number;
  /** Of a first observation: the episode is over before it began, e.g. because the prompt leaves no room. Nothing is sampled. */
  readonly ended?: EpisodeEnd;
}

export interface EpisodeEnd {
  readonly reward: number;
  /** See `StepResult`. */
  readonly stopReason?: string;
  readonly metrics?: Metrics;
  readonly logs?: Readonly<Record<string, string | number>>;
}

export interface StepResult {
  readonly reward: number;
  readonly episodeDone: boolean;
  /** Absent when the episode is done. */
  readonly next?: Observation;
  /** Why the episode is done, as the metric `stop/<reason>`: completed, tool_stopped, max_turns, max_tokens, parse_error, ... */
  readonly stopReason?: string;
  readonly metrics?: Metrics;
  /** For people: texts and numbers about this step, e.g. question and answer. */
  readonly logs?: Readonly<Record<string, string | number>>;
}

/** One episode. */
export interface Env {
  initialObservation(): Observation | Promise<Observation>;
  step(action: SampledSequence): StepResult | Promise<StepResult>;
  /**
   * The episode is over, however it ended: by the environment, by a limit, by a failure; also while a call above is not answered
   * yet. Called once. Whoever waits for this environment need not wait any longer.
   */
  leave?(): void;
}

/** Makes the environments of one group, and judges them together at the end. */
export interface EnvGroupBuilder {
  /** Names that metrics are split by, e.g. the kind of problem. */
  readonly tags: readonly string[];
  /**
   * The environments are seats of the same game: one may wait for what another one does. So each begins when it can, and if one
   * fails, the group is tried again as a whole, if at all. Default false.
   */
  readonly isOneGame?: boolean;
  makeEnvs(): readonly Env[] | Promise<readonly Env[]>;
  /** Rewards that need the whole group, one per trajectory, added to the sum of the step rewards. Default 0 each. */
  computeGroupRewards?(
    trajectories: readonly Trajectory[],
  ): readonly GroupReward[] | Promise<readonly GroupReward[]>;
  /** Gives back what the environments hold. Always called, once the group is over, also when it failed. */
  cleanup?(): void | Promise<void>;
}

/** What an episode earned in comparison with the others of its group. */
export interface GroupReward {
  readonly reward: number;
  readonly metrics?: Metrics;
}

export interface Transition {
  readonly observation: ModelInput;
  /** As sampled: never decoded and encoded again. */
  readonly action: SampledSequence;
  readonly reward: number;
  readonly metrics: Metrics;
  readonly logs: Readonly<Record<string, string | number>>;
}

export interface Trajectory {
  readonly transitions: readonly Transition[];
  /** Why it ended, if the environment or a limit said so. */
  readonly stopReason?: string;
}

export interface TrajectoryGroup {
  readonly tags: readonly string[];
  readonly trajectories: readonly Trajectory[];
  /** One per trajectory. */
  readonly groupRewards: readonly number[];
  /** One per trajectory: the metrics that came with the group rewards. */
  readonly groupMetrics?: readonly Metrics[];
  /** What it was rolled out from: keep it when you change a group, and what belongs to the problem can still be found. */
  readonly builder?: EnvGroupBuilder;
  /** How many steps the policy had been trained for when it began to sample. */
  readonly policyStep?: number;
  /** How long the rollouts took. */
  readonly seconds?: number;
}

/** Batches of problems, the same for the same index whenever asked. */
export interface RlDataset {
  /** Number of batches. */
  readonly length: number;
  getBatch(index: number): readonly EnvGroupBuilder[] | Promise<readonly EnvGroupBuilder[]>;
}

export interface EnvironmentOptions {
  readonly renderer: Renderer;
  readonly tokenizer: Tokenizer;
  /** Rollouts per problem. */
  readonly groupSize: number;
  /** Problems per batch. */
  readonly groupsPerBatch: number;
  readonly seed: number;
  /** What the environment's own schema made of `envOptions`; undefined without a schema. */
  readonly options: unknown;
}

export interface EnvironmentDatasets {
  readonly train: RlDataset;
  /** To be evaluated as a whole; none: the environment has no problems that are kept out of training. */
  readonly test?: RlDataset | undefined;
}

/**
 * A kind of problem with its grader, chosen by name in the config. Its provider also creates it for `tinsmith check`, which asks
 * for its options: data and the run folder are for `createDataset`.
 */
export interface Environment {
  readonly specification: 'v1';
  /** Options of its own, given as `envOptions`; none: no options. */
  readonly options?: StandardSchemaV1;
  createDataset(options: EnvironmentOptions): EnvironmentDatasets | Promise<EnvironmentDatasets>;
}

export const Environments = named<Environment>('environment');
