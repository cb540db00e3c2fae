/**
 * What a run has to tell W&B, as files in the folder `wandb` of the run: rows of the history, console lines, files to be
 * uploaded, and the record of the run. Everything is written here before it is sent; what has been written is never
 * changed, but for rows of a lost attempt that cannot have been sent. Knows nothing about HTTP.
 */
import { createHash } from 'node:crypto';
import type { CheckpointRow, MetricRecord, RunDirectory } from '@tinsmith/core';
import { parse, stringify } from './json-words.js';
import { FOLDER, writeRecord, type RunRecord } from './record.js';
import { Spool } from './spool.js';
import type { Table } from './tables.js';

/** The x axis of all charts. W&B's own `_step` only counts rows: those of lost attempts stay. */
export const STEP = 'train/step';

interface Spools {
  readonly history: Spool;
  readonly console: Spool;
  /** Paths below `wandb`, one a line. */
  readonly uploads: Spool;
}

export class RunFiles {
  readonly directory: RunDirectory;
  readonly spools: Spools;
  /** The last value of every key of the history. */
  readonly #last: Map<string, unknown>;
  readonly #attemptStarted = Date.now();
  /** `_runtime` of the last row of the attempts before, in seconds. */
  readonly #runtimeBefore: number;
  #record: RunRecord;
  #checkpoint: CheckpointRow | undefined;
  /** Writes happen one after the other, in the order of the calls. */
  #tail: Promise<unknown> = Promise.resolve();

  private constructor(
    directory: RunDirectory,
    record: RunRecord,
    spools: Spools,
    last: Map<string, unknown>,
  ) {
    this.directory = directory;
    this.#record = record;
    this.spools = spools;
    this.#last = last;
    this.#runtimeBefore = Number(last.get('_runtime') ?? 0);
  }

  static async open(directory: RunDirectory, record: RunRecord): Promise<RunFiles> {
    const last = new Map<string, unknown>();
    const note = (line: string) =>
      Object.entries(parse(line)).forEach(([key, value]) => last.set(key, value));
    const spools = {
      history: await Spool.open(directory, `${FOLDER}/history.jsonl`, note),
      console: await Spool.open(directory, `${FOLDER}/output.log`),
      uploads: await Spool.open(directory, `${FOLDER}/uploads.txt`),
    };
    const files = new RunFiles(directory, record, spools, last);
    const rows = (await directory.read('checkpoints.jsonl'))?.trimEnd().split('\n').filter(isJson);
    const row = rows?.at(-1);
    if (row !== undefined) files.#checkpoint = JSON.parse(row) as CheckpointRow;
    return files;
  }

  get record(): RunRecord {
    return this.#record;
  }

  change(changes: Partial<RunRecord>): Promise<void> {
    return this.#inTurn(() => this.#change(changes));
  }

  /** Rows from `line` on are of an attempt that was lost. Those that W&B may have stay: it never goes back. */
  forget(line: number): Promise<void> {
    return this.#inTurn(() => this.spools.history.cut(Math.max(line, this.#record.offered)));
  }

  /** A row of the history; a table is uploaded and stands in the row under its key. */
  write({ step, metrics }: MetricRecord, tables: Readonly<Record<string, Table>> = {}): Promise<void> {
    return this.#inTurn(async () => {
      const rowStep = this.spools.history.lines + this.#record.stepShift;
      const now = Date.now();
      const row: Record<string, unknown> = { ...metrics };
      for (const [key, table] of Object.entries(tables))
        row[key] = await this.#keepTable(key, rowStep, table);
      Object.assign(row, {
        [STEP]: step,
        attempt: this.#record.attempt,
        _step: rowStep,
        _runtime: this.#runtimeBefore + (now - this.#attemptStarted) / 1000,
        _timestamp: now / 1000,
      });
      await this.spools.history.append([stringify(row)]);
      for (const [key, value] of Object.entries(row)) this.#last.set(key, value);
    });
  }

  writeConsole(text: string): Promise<void> {
    const time = new Date().toISOString().replace('Z', '000');
    return this.#inTurn(() => this.spools.console.append(text.split('\n').map(line => `${time} ${line}`)));
  }

  noteCheckpoint(row: CheckpointRow): void {
    this.#checkpoint = row;
  }

  /** The rows so far outlive a crash. How many they are. */
  flush(): Promise<number> {
    return this.#inTurn(async () => {
      await this.spools.history.sync();
      return this.spools.history.lines;
    });
  }

  /** The server has more lines than there are here: what comes next is written after them. */
  adopt(counts: {
    readonly history: number;
    readonly console: number;
    readonly nextStep: number;
  }): Promise<void> {
    return this.#inTurn(async () => {
      const { history, console } = this.spools;
      await history.append(Array.from({ length: Math.max(0, counts.history - history.lines) }, () => '{}'));
      await console.append(Array.from({ length: Math.max(0, counts.console - console.lines) }, () => ''));
      await this.#change({
        foreign: { history: counts.history, console: counts.console },
        stepShift: counts.nextStep - counts.history,
      });
    });
  }

  /** Of all rows, sent or not, with the last checkpoint. */
  get summary(): Readonly<Record<string, unknown>> {
    const { name, batch, state_path: state, sampler_path: sampler } = this.#checkpoint ?? {};
    return {
      ...Object.fromEntries(this.#last),
      ...(name !== undefined && { checkpoint: { name, batch, state_path: state, sampler_path: sampler } }),
      _wandb: { runtime: Math.round(Number(this.#last.get('_runtime') ?? 0)) },
    };
  }

  /** Names that charts can show. */
  get metricNames(): readonly string[] {
    return [...this.#last].flatMap(([key, value]) =>
      typeof value === 'number' && key !== STEP && !key.startsWith('_') ? [key] : [],
    );
  }

  async #keepTable(key: string, rowStep: number, table: Table): Promise<object> {
    const content = stringify(table);
    const sha256 = createHash('sha256').update(content).digest('hex');
    const path = `media/table/${key}_${rowStep}_${sha256.slice(0, 20)}.table.json`;
    await this.directory.write(`${FOLDER}/${path}`, content);
    await this.spools.uploads.append([path]);
    const { length: ncols } = table.columns;
    const size = Buffer.byteLength(content);
    return { _type: 'table-file', path, sha256, size, ncols, nrows: table.data.length };
  }

  async #change(changes: Partial<RunRecord>): Promise<void> {
    this.#record = { ...this.#record, ...changes };
    await writeRecord(this.directory, this.#record);
  }

  #inTurn<T>(action: () => Promise<T>): Promise<T> {
    const mine = this.#tail.then(action);
    this.#tail = mine.catch(() => {}); // heard by the caller
    return mine;
  }
}

/** A kill can have torn the last row. */
function isJson(text: string): boolean {
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}
