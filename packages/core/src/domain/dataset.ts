/**
 * Rows of data sets: what recipes and environments read questions and conversations from. Rows are lazy: nothing is
 * read before someone iterates, asks for a table or for a batch. Knows nothing about file formats or the hub.
 */
import { one } from '../token.js';
import type { Message } from './message.js';

/** Fields as the file has them: JSON's types; 64-bit integers that a double cannot hold stay bigint. */
export type Row = Readonly<Record<string, unknown>>;

/** A row of a conversation file, its messages checked. */
export interface Conversation extends Row {
  readonly messages: readonly Message[];
}

/** Where a reader stands. Plain JSON: it can be kept in a checkpoint. */
export interface ReadPosition {
  /** How many rows have been given out. */
  readonly rows: number;
  /** Stands for the data and the order they are read in, so that a position is not used with other data. */
  readonly of: string;
}

/** Gives out rows one after the other. Ending a `for await` early closes its files. */
export interface RowReader<R> extends AsyncIterableIterator<R> {
  /** Before the row that comes next: `rows.read(position)` goes on exactly there. */
  position(): ReadPosition;
  return(): Promise<IteratorResult<R>>;
}

/** Rows by their place, the same row for the same place whenever asked. */
export interface RowTable<R> {
  readonly length: number;
  /** @throws {RangeError} unless 0 <= index < length. */
  at(index: number): Promise<R>;
}

/**
 * Rows in an order. Every operation returns new rows and reads nothing. Functions given to `filter` and `map` must
 * give the same result for the same row: a row can be read more than once.
 */
export interface Rows<R = Row> extends AsyncIterable<R> {
  filter(keep: (row: R) => boolean): Rows<R>;
  map<S>(change: (row: R) => S): Rows<S>;
  take(count: number): Rows<R>;
  skip(count: number): Rows<R>;
  /**
   * The whole table in the order of Hugging Face's `Dataset.shuffle(seed)`. It needs all rows before the first: they
   * are copied to a temporary file, not held in memory.
   */
  shuffle(options: { readonly seed: number }): Rows<R>;
  /** The order of `IterableDataset.shuffle(seed, buffer_size)` in an epoch (default 0). Holds `bufferSize` rows. */
  shuffleThroughBuffer(options: {
    readonly seed: number;
    readonly bufferSize: number;
    readonly epoch?: number;
  }): Rows<R>;
  /** Lists of `size` rows. `partial` says what becomes of a shorter list at the end. */
  batches(options: { readonly size: number; readonly partial: 'keep' | 'drop' }): Rows<readonly R[]>;
  /** @throws DATA_POSITION_FOREIGN for a position of other data, or of the same in another order. */
  read(from?: ReadPosition): RowReader<R>;
  /** Reads everything once, to know how many rows there are and to reach each. */
  table(): Promise<RowTable<R>>;
}

export interface RowRequest {
  /** A hub id (`openai/gsm8k`), a folder, or a file (parquet, jsonl, json, csv, tsv; also .gz and .zst). */
  readonly source: string;
  /** A configuration of the data set, where it has several. */
  readonly config?: string | undefined;
  /** Default: `train`, or the only split there is. */
  readonly split?: string | undefined;
  /** Branch, tag or commit on the hub. Default `main`. */
  readonly revision?: string | undefined;
  /** Only these columns are read; every row must have them. Default: all. */
  readonly columns?: readonly string[] | undefined;
}

/** Opens data sets. All failures are TinsmithErrors that name file, line and field. */
export interface RowSource {
  open(request: RowRequest): Promise<Rows>;
  /** Rows of which each has `messages`: a list of messages with role and content. */
  conversations(request: RowRequest): Promise<Rows<Conversation>>;
}

export const RowSources = one<RowSource>('row-source');

const origin = Symbol.for('tinsmith.row-origin');

/** Remembers where a row was read, e.g. `train.jsonl:17`, without adding a field to it. Returns the row. */
export function withOrigin<R extends object>(row: R, place: string): R {
  return Object.defineProperty(row, origin, { value: place });
}

/** Where a row was read, for messages about it; undefined for a row that was made in code. */
export function originOf(row: object): string | undefined {
  return (row as { [origin]?: string })[origin];
}
