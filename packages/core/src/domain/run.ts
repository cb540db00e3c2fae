/**
 * A run as a recipe and its plugins see it: the folder, the record of checkpoints, the frame around
 * each step. Names in files follow cookbook-artifacts, sections 3 and 5.
 */
import { many, one } from '../token.js';
import { first, parallel, sequential, waterfall, type HookRunner } from '../hook.js';
import type { Datum } from './data.js';
import type { TrainingClient } from './engine.js';
import type { Metrics, TrajectoryGroup } from './rollout.js';

/** The folder of the run. Paths are relative to it. */
export interface RunDirectory {
  /** Absolute. */
  readonly path: string;
  /** Appends one line; a newline is added. */
  append(file: string, line: string): Promise<void>;
  /** The whole file, or undefined if there is none. */
  read(file: string): Promise<string | undefined>;
  /** Replaces the file atomically: readers see the old content or the new one. */
  write(file: string, content: string): Promise<void>;
  /** What was appended before the call outlives a crash of the machine once this resolves. No file: nothing to do. */
  sync(file: string): Promise<void>;
}

/** One row of checkpoints.jsonl. Keys that others wrote are kept. */
export interface CheckpointRow {
  readonly name: string;
  /** The next batch to run: the row is written after the update of batch - 1. */
  readonly batch: number;
  readonly state_path?: string;
  readonly sampler_path?: string;
  /** ISO 8601; until then the engine keeps what the row points to. Absent: it has no end. */
  readonly expires_at?: string;
  /** Only for going on after a crash: the state is deleted once a later one has been saved. */
  readonly rolling?: boolean;
  /** SHA-256 of seed, recipe, its options and the plugins, as config.json had them when the row was written. */
  readonly config_hash?: string;
  /** What each metric sink had acknowledged, by plugin. */
  readonly positions?: Readonly<Record<string, SinkPosition>>;
  readonly [key: string]: unknown;
}

export interface CheckpointOptions {
  readonly name: string;
  readonly batch: number;
  /** What to save; default both. */
  readonly kind?: 'state' | 'sampler' | 'both';
  readonly ttlSeconds?: number;
  /** Only for going on after a crash: gone as soon as a later checkpoint is there. The row says so. */
  readonly rolling?: boolean;
  /** Where the loop stands besides `batch`: kept in the row under these names, e.g. `elapsed_tokens`. Plain JSON. */
  readonly progress?: Readonly<Record<string, unknown>>;
}

export interface Checkpoints {
  /** The row to go on from: the last one that has a state and has not expired, or undefined for a fresh run. */
  readonly last: CheckpointRow | undefined;
  /** Saves, then appends the row once the engine has confirmed. */
  save(training: TrainingClient, options: CheckpointOptions): Promise<CheckpointRow>;
}

export interface Run {
  /** The run's name, e.g. the last part of its folder. */
  readonly name: string;
  readonly seed: number;
  /** Aborted by the second Ctrl-C: stop at once. */
  readonly signal: AbortSignal;
  readonly hooks: HookRunner;
  readonly directory: RunDirectory;
  readonly checkpoints: Checkpoints;
  /** Says how many steps are planned, for progress and time estimates. */
  plan(steps: number): void;
  /**
   * The frame around one step: times it, writes the metrics that `body` returns, emits `step:end`, asks
   * `run:should-stop`. False: finish up and return; the run was asked to stop.
   */
  step(index: number, body: () => Promise<Metrics>): Promise<boolean>;
  /** Times a part of a step (`time/<name>` in its metrics) and shows what is being waited for. */
  span<T>(name: string, body: () => Promise<T>): Promise<T>;
  /** A line for logs.log and for people: emits `line:logged`. */
  log(line: string): void;
}

export interface MetricRecord {
  readonly step: number;
  readonly metrics: Metrics;
}

/** How far a sink has got, in its own terms, e.g. an offset. Kept in the checkpoint row. */
export type SinkPosition = number | string;

/** Where metrics go. A sink that throws is reported; the run goes on. */
export interface MetricSink {
  /** Before the first row. Rows with step >= nextStep are of an attempt that was lost: each step must count once. */
  open?(start: SinkStart): Promise<void>;
  write(record: MetricRecord): Promise<void>;
  /** Everything given to `write` is kept when this resolves, also if the machine crashes: a checkpoint row comes after it. The position that is acknowledged with it, if any, is given back to `open`. */
  flush?(): Promise<SinkPosition | void>;
}

export interface SinkStart {
  readonly nextStep: number;
  /** What this plugin's sink acknowledged at the checkpoint that the run goes on from. */
  readonly position?: SinkPosition;
}

export const MetricSinks = many<MetricSink>('metric-sink');
export const RunDirectories = one<RunDirectory>('run-directory');

/** Keys by name, from the environment; never from the config. */
export interface Secrets {
  /** Throws SECRET_MISSING with the name of the variable to set. */
  require(name: string): string;
}
export const Secrets = one<Secrets>('secrets');

export interface RunStartEvent {
  readonly name: string;
  readonly recipe: string;
  readonly seed: number;
  /** The run folder. */
  readonly logPath: string;
  /** 0 for a fresh run. */
  readonly nextStep: number;
}

export interface RunEndEvent {
  readonly outcome: 'completed' | 'stopped' | 'failed';
  /** Why it was stopped, in a few words. */
  readonly reason?: string;
  readonly error?: unknown;
}

export interface StepEndEvent extends MetricRecord {
  /** Steps planned, if the recipe said so. */
  readonly plannedSteps: number | undefined;
}

export interface SpanEvent {
  readonly name: string;
  readonly step: number | undefined;
}

/** Before the recipe runs. */
export const RunStart = sequential<RunStartEvent>('run:start');
/** Always, whatever the outcome. */
export const RunEnd = sequential<RunEndEvent>('run:end');
/** After a step's metrics are known. */
export const StepEnd = parallel<StepEndEvent>('step:end');
/** The run begins to wait for something that takes time, e.g. `sampling`. */
export const SpanStart = parallel<SpanEvent>('span:start');
/** What the run waited for is over. */
export const SpanEnd = parallel<SpanEvent & { readonly seconds: number }>('span:end');
/** What is waited for outside of this program, e.g. a queue of a service. */
export interface WaitEvent {
  /** In a few words: `optim_step at the service`. */
  readonly what: string;
  /** Why, in the words of whoever lets us wait. Absent: it goes on. */
  readonly reason?: string;
  /** So far. */
  readonly seconds: number;
}

/** Something outside of this program lets a provider wait, or goes on. */
export const WaitReported = parallel<WaitEvent>('wait:reported');
/** A line of `run.log`, values of secrets taken out. It is in logs.log already. */
export const LineLogged = parallel<{ readonly line: string; readonly step: number | undefined }>(
  'line:logged',
);
/** A checkpoint row has been written. */
export const CheckpointSaved = parallel<{ readonly row: CheckpointRow }>('checkpoint:saved');
/** Rollouts with their rewards, before advantages: reshape rewards here. */
export const RolloutsGraded = waterfall<readonly TrajectoryGroup[], { readonly step: number }>(
  'rollouts:graded',
);
/** What is about to be trained on. */
export const DataAssembled = waterfall<readonly Datum[], { readonly step: number }>('data:assembled');
/** Answer with a reason to end the run after this step, with a checkpoint. */
export const RunShouldStop = first<StepEndEvent, { readonly reason: string }>('run:should-stop');
