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
}

export interface StepResult {
  readonly reward: number;
  readonly episodeDone: boolean;
  /** Absent when the episode is done. */
  readonly next?: Observation;
  readonly metrics?: Metrics;
  /** For people: texts and numbers about this step, e.g. question and answer. */
  readonly logs?: Readonly<Record<string, string | number>>;
}

/** One episode. */
export interface Env {
  initialObservation(): Observation | Promise<Observation>;
  step(action: SampledSequence): StepResult | Promise<StepResult>;
}

/** Makes the environments of one group, and judges them together at the end. */
export interface EnvGroupBuilder {
  /** Names that metrics are split by, e.g. the kind of problem. */
  readonly tags: readonly string[];
  makeEnvs(): readonly Env[] | Promise<readonly Env[]>;
  /** Rewards that need the whole group, one per trajectory, added to the sum of the step rewards. Default 0 each. */
  computeGroupRewards?(
    trajectories: readonly Trajectory[],
  ): readonly GroupReward[] | Promise<readonly GroupReward[]>;
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
}

export interface TrajectoryGroup {
  readonly tags: readonly string[];
  readonly trajectories: readonly Trajectory[];
  /** One per trajectory. */
  readonly groupRewards: readonly number[];
  /** One per trajectory: the metrics that came with the group rewards. */
  readonly groupMetrics?: readonly Metrics[];
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

/** A kind of problem with its grader, chosen by name in the config. */
export interface Environment {
  readonly specification: 'v1';
  /** Options of its own, given as `envOptions`; none: no options. */
  readonly options?: StandardSchemaV1;
  createDataset(options: EnvironmentOptions): EnvironmentDatasets | Promise<EnvironmentDatasets>;
}

export const Environments = named<Environment>('environment');
