/**
 * A run that is followed on W&B: its rows, tables, lines and checkpoints go to files first; a sender brings them to the
 * server. Once it is open, nothing that W&B does or does not do reaches the run.
 */
import {
  TinsmithError,
  type CheckpointRow,
  type MetricRecord,
  type MetricSink,
  type RunDirectory,
  type RunEndEvent,
  type Secrets,
  type SinkStart,
  type TrackerProject,
  type TrajectoryGroup,
} from '@tinsmith/core';
import { apiKey } from './account.js';
import { WandbApi, WandbFailure } from './api.js';
import { Delivery } from './delivery.js';
import { readRecord } from './record.js';
import { RunFiles } from './run-files.js';
import { Sender } from './sender.js';
import { freshRecord, modeOf, resumePolicyOf, type Environment, type WandbOptions } from './settings.js';
import { rolloutTable, type Table } from './tables.js';

export interface Circumstances {
  readonly directory: RunDirectory;
  readonly tracker: TrackerProject;
  readonly secrets: Secrets;
  readonly environment: Environment;
  /** Tells people. */
  readonly say: (text: string) => void;
}

/** A server that does not answer must not keep a run from beginning. */
const CONNECT_SECONDS = 5;
const REQUEST_SECONDS = 60;

export class TrackedRun implements MetricSink {
  readonly #options: WandbOptions;
  readonly #files: RunFiles;
  readonly #delivery: Delivery | undefined;
  readonly #sender: Sender | undefined;
  readonly #say: (text: string) => void;
  /** Of steps whose row is still to come. */
  readonly #tables = new Map<number, Table>();
  #exitcode: number | undefined;

  private constructor(
    options: WandbOptions,
    parts: { files: RunFiles; delivery: Delivery | undefined; say: (text: string) => void },
  ) {
    this.#options = options;
    this.#files = parts.files;
    this.#delivery = parts.delivery;
    this.#say = parts.say;
    const { sendEverySeconds } = options;
    if (parts.delivery) this.#sender = new Sender(parts.delivery, { sendEverySeconds, say: parts.say });
  }

  /** Undefined if the user wants no tracker. Throws what only the user can mend: no key, a key that is refused. */
  static async begin(options: WandbOptions, circumstances: Circumstances): Promise<TrackedRun | undefined> {
    const { directory, tracker, secrets, environment, say } = circumstances;
    const { project, name } = tracker;
    const mode = modeOf(environment);
    if (project === undefined || mode === 'disabled') return undefined;
    const kept = await readRecord(directory);
    const record = kept ?? freshRecord(options, { project, name }, environment);
    const key = mode === 'online' ? apiKey(record.baseUrl, { environment, secrets }) : undefined;
    const files = await RunFiles.open(directory, record);
    await files.change({ attempt: record.attempt + 1 });
    if (key === undefined) {
      say(`offline: the run is kept in ${directory.path}/wandb`);
      return new TrackedRun(options, { files, delivery: undefined, say });
    }
    const api = new WandbApi({ baseUrl: record.baseUrl, key, requestSeconds: REQUEST_SECONDS });
    const isForeign = Boolean(environment['WANDB_RUN_ID']) && kept === undefined;
    const delivery = new Delivery(files, api, isForeign ? resumePolicyOf(environment) : 'allow');
    await connect(delivery, { mustKnow: isForeign, say, baseUrl: record.baseUrl });
    if (files.record.url !== undefined) say(`run ${record.name} at ${files.record.url}`);
    return new TrackedRun(options, { files, delivery, say });
  }

  async open({ nextStep, position }: SinkStart): Promise<void> {
    if (typeof position === 'number') await this.#files.forget(position);
    else if (nextStep === 0) await this.#files.forget(this.#files.record.foreign.history);
    this.#sender?.start();
  }

  async write(record: MetricRecord): Promise<void> {
    const table = this.#tables.get(record.step);
    this.#tables.delete(record.step);
    await this.#files.write(record, table && { rollouts: table });
  }

  flush(): Promise<number> {
    return this.#files.flush();
  }

  logged(line: string): Promise<void> | undefined {
    return this.#options.console ? this.#files.writeConsole(line) : undefined;
  }

  graded(groups: readonly TrajectoryGroup[], step: number): void {
    const { rolloutsEvery, rolloutGroups } = this.#options;
    if (rolloutsEvery === 0 || step % rolloutsEvery !== 0) return;
    this.#tables.set(step, rolloutTable(groups, rolloutGroups));
  }

  checkpointSaved(row: CheckpointRow): void {
    this.#files.noteCheckpoint(row);
  }

  get stopRequested(): boolean {
    return this.#delivery?.stopRequested ?? false;
  }

  async ended({ outcome }: RunEndEvent): Promise<void> {
    this.#exitcode = outcome === 'failed' ? 1 : 0;
    await this.#files.change({ exitcode: this.#exitcode });
  }

  async close(): Promise<void> {
    const isComplete = await this.#sender?.finish(this.#exitcode, this.#options.finishSeconds);
    const { url } = this.#files.record;
    if (url !== undefined) this.#say(`run at ${url}`);
    if (isComplete) return;
    const { path } = this.#files.directory;
    this.#say(`not everything has been sent; later: tinsmith sync ${path} --config ${path}/config.json`);
  }
}

/** Throws what will not be better later, and everything if the run over there must be known. */
async function connect(
  delivery: Delivery,
  { mustKnow, say, baseUrl }: { mustKnow: boolean; say: (text: string) => void; baseUrl: string },
): Promise<void> {
  const limit = AbortSignal.timeout(CONNECT_SECONDS * 1000);
  try {
    await delivery.connect(limit);
  } catch (error) {
    if (TinsmithError.is(error)) throw error;
    const isFailure = error instanceof WandbFailure;
    if (!isFailure && !limit.aborted) throw error;
    const found = isFailure ? error.message : `no answer from ${baseUrl} within ${CONNECT_SECONDS} s`;
    if (mustKnow || (isFailure && !error.canRetry)) {
      throw new TinsmithError({
        code: 'WANDB_REFUSED',
        message: 'Weights & Biases does not take this run',
        found,
        fix: 'another key, entity or project, or WANDB_MODE=offline to keep everything for `tinsmith sync`',
        cause: error,
      });
    }
    say(`${found}; rows wait in the run folder`);
  }
}
