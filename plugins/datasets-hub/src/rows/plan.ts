/**
 * What each lazy operation does, twice: as a stream from a place on, and as a table. Both give the same rows.
 * Knows nothing of files.
 */
import { originOf, type RowTable, TinsmithError, withOrigin } from '@tinsmith/core';
import { shuffleThroughBuffer, tableOrder } from '@tinsmith/training';
import { problem } from '../problem.js';

export interface Plan<R> {
  /** Stands for the data and the order: part of every position. Functions count by their place only. */
  readonly identity: string;
  /** Rows from place `from` on. */
  stream(from: number): AsyncGenerator<R>;
  /** Reads everything at most once. */
  table(): Promise<RowTable<R>>;
}

/** Reads through `table` once and keeps the result, but not a failure. */
function once<R>(make: () => Promise<RowTable<R>>): () => Promise<RowTable<R>> {
  let made: Promise<RowTable<R>> | undefined;
  return () => {
    made ??= make().catch((error: unknown) => {
      made = undefined;
      throw error;
    });
    return made;
  };
}

/** The plan of rows that come from somewhere: with an error for none at all. */
export function sourcePlan<R>(source: {
  readonly identity: string;
  /** For messages. */
  readonly name: string;
  read(from: number): AsyncGenerator<R>;
  copy(rows: AsyncIterable<R>): Promise<RowTable<R>>;
}): Plan<R> {
  const stream = (from: number): AsyncGenerator<R> =>
    refuseNone(source.read(from), from, () => ({
      message: 'the data set has no rows',
      at: source.name,
    }));
  return { identity: source.identity, stream, table: once(() => source.copy(stream(0))) };
}

export function filterPlan<R>(input: Plan<R>, keep: (row: R) => boolean): Plan<R> {
  const isKept = (row: R): boolean => call(keep, row);
  async function* stream(from: number): AsyncGenerator<R> {
    let index = 0;
    for await (const row of input.stream(0)) {
      if (isKept(row) && index++ >= from) yield row;
    }
  }
  const nothing = (): { message: string; at: string } => ({
    message: 'a filter left no row of the data set',
    at: input.identity,
  });
  return {
    identity: `${input.identity} | filter`,
    stream: from => refuseNone(stream(from), from, nothing),
    table: once(async () => {
      const table = await input.table();
      const kept: number[] = [];
      for (let i = 0; i < table.length; i++) if (isKept(await table.at(i))) kept.push(i);
      if (table.length > 0 && kept.length === 0) throw empty(nothing());
      return reordered(table, kept);
    }),
  };
}

export function mapPlan<R, S>(input: Plan<R>, change: (row: R) => S): Plan<S> {
  const changed = (row: R): S => {
    const result = call(change, row);
    const place = isObject(row) ? originOf(row) : undefined;
    const canTake = isObject(result) && Object.isExtensible(result) && originOf(result) === undefined;
    return place !== undefined && canTake ? withOrigin(result, place) : result;
  };
  return {
    identity: `${input.identity} | map`,
    async *stream(from) {
      for await (const row of input.stream(from)) yield changed(row);
    },
    table: once(async () => {
      const table = await input.table();
      return { length: table.length, at: async index => changed(await table.at(index)) };
    }),
  };
}

/** Rows from place `start` up to, not including, place `end`. */
export function slicePlan<R>(input: Plan<R>, start: number, end: number): Plan<R> {
  return {
    identity: `${input.identity} | ${start} to ${end}`,
    async *stream(from) {
      let left = end - start - from;
      if (left <= 0) return;
      for await (const row of input.stream(start + from)) {
        yield row;
        if (--left <= 0) return;
      }
    },
    table: once(async () => {
      const table = await input.table();
      const length = Math.max(0, Math.min(end, table.length) - start);
      return { length, at: async index => table.at(inRange(index, length) + start) };
    }),
  };
}

export function shufflePlan<R>(input: Plan<R>, seed: number): Plan<R> {
  return orderedPlan(input, `shuffle ${seed}`, length => Promise.resolve(tableOrder(length, seed)));
}

export interface BufferedShuffle {
  readonly seed: number;
  readonly bufferSize: number;
  readonly epoch?: number;
}

export function bufferPlan<R>(input: Plan<R>, options: BufferedShuffle): Plan<R> {
  const { seed, bufferSize, epoch = 0 } = options;
  const identity = `shuffle ${seed} through ${bufferSize} in epoch ${epoch}`;
  const ordered = orderedPlan(input, identity, async length => {
    const order: number[] = [];
    const places = Array.from({ length }, (_, index) => index);
    for await (const index of shuffleThroughBuffer(places, options)) order.push(index);
    return order;
  });
  return {
    ...ordered,
    async *stream(from) {
      let index = 0;
      for await (const row of shuffleThroughBuffer(input.stream(0), options)) {
        if (index++ >= from) yield row;
      }
    },
  };
}

export function batchPlan<R>(input: Plan<R>, size: number, partial: 'keep' | 'drop'): Plan<readonly R[]> {
  return {
    identity: `${input.identity} | batches of ${size}, ${partial} the rest`,
    async *stream(from) {
      let batch: R[] = [];
      for await (const row of input.stream(from * size)) {
        batch.push(row);
        if (batch.length < size) continue;
        yield batch;
        batch = [];
      }
      if (partial === 'keep' && batch.length > 0) yield batch;
    },
    table: once(async () => {
      const table = await input.table();
      const length = (partial === 'keep' ? Math.ceil : Math.floor)(table.length / size);
      return {
        length,
        async at(index) {
          const start = inRange(index, length) * size;
          const places = Array.from({ length: Math.min(size, table.length - start) }, (_, i) => start + i);
          return Promise.all(places.map(place => table.at(place)));
        },
      };
    }),
  };
}

function orderedPlan<R>(
  input: Plan<R>,
  identity: string,
  orderOf: (length: number) => Promise<ArrayLike<number>>,
): Plan<R> {
  const table = once(async () => {
    const rows = await input.table();
    return reordered(rows, await orderOf(rows.length));
  });
  return {
    identity: `${input.identity} | ${identity}`,
    table,
    async *stream(from) {
      const rows = await table();
      for (let i = from; i < rows.length; i++) yield await rows.at(i);
    },
  };
}

function reordered<R>(table: RowTable<R>, order: ArrayLike<number>): RowTable<R> {
  const { length } = order;
  return { length, at: async index => table.at(order[inRange(index, length)]!) };
}

function inRange(index: number, length: number): number {
  if (Number.isInteger(index) && index >= 0 && index < length) return index;
  throw new RangeError(`row ${index} of ${length}`);
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Calls a function of the user; what it throws is shown with the row's place. */
function call<R, S>(work: (row: R) => S, row: R): S {
  try {
    return work(row);
  } catch (cause) {
    if (TinsmithError.is(cause)) throw cause;
    throw problem({
      code: 'DATA_ROW_FUNCTION_FAILED',
      message: `a function that was given to filter or map failed: ${String(cause)}`,
      at: isObject(row) ? originOf(row) : undefined,
      cause,
    });
  }
}

async function* refuseNone<R>(
  rows: AsyncGenerator<R>,
  from: number,
  details: () => { message: string; at: string },
): AsyncGenerator<R> {
  let isEmpty = from === 0; // a reader that goes on at the end may well find nothing
  for await (const row of rows) {
    isEmpty = false;
    yield row;
  }
  if (isEmpty) throw empty(details());
}

function empty(details: { message: string; at: string }): TinsmithError {
  return problem({ code: 'DATA_EMPTY', ...details, fix: 'check the file, the split and the filters' });
}
