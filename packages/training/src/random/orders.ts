/**
 * Orders of rows as the reference takes them, given only sizes and seeds. Hugging Face's are those of `datasets`
 * (arrow_dataset.py, iterable_dataset.py); `groupSchedule` is the Cookbook's for reinforcement learning on several
 * sources. Knows nothing of what the rows are.
 */
import { NumpyGenerator } from './numpy-generator.js';
import { PythonRandom } from './python-random.js';

/** `Dataset.shuffle(seed)` of a table: `order[place]` is the row that comes there. */
export function tableOrder(rows: number, seed: number): Uint32Array<ArrayBuffer> {
  return new NumpyGenerator(seed).permutation(rows);
}

/**
 * `IterableDataset.shuffle(seed, buffer_size)` with `set_epoch(epoch)`, for one shard: a full buffer is shuffled, its
 * first half leaves, the rest waits for more of the stream. Holds `bufferSize` items. (`datasets` 5; older versions
 * replaced one item at a time and gave other orders.)
 */
export async function* shuffleThroughBuffer<T>(
  items: AsyncIterable<T> | Iterable<T>,
  { seed, epoch = 0, bufferSize }: { seed: number; epoch?: number; bufferSize: number },
): AsyncGenerator<T> {
  const first = new NumpyGenerator(seed);
  const generator = epoch === 0 ? first : new NumpyGenerator((first.nextUint64() >> 1n) - BigInt(epoch));
  const kept = Math.floor(bufferSize / 2);
  let buffer: T[] = [];
  for await (const item of items) {
    buffer.push(item);
    if (buffer.length < bufferSize) continue;
    generator.shuffle(buffer);
    const leaving = buffer.length - kept;
    yield* buffer.slice(0, leaving);
    buffer = buffer.slice(leaving);
  }
  generator.shuffle(buffer);
  yield* buffer;
}

/**
 * - `first_exhausted`: stop when one source has ended;
 * - `all_exhausted`: go on until all have ended, starting over those that end early;
 * - `all_exhausted_without_replacement`: go on until all have ended, each row once.
 */
export type InterleaveUntil = 'first_exhausted' | 'all_exhausted' | 'all_exhausted_without_replacement';

/**
 * `interleave_datasets` of tables: [source, row] in turn. Without weights, sources count by their size.
 * @throws {RangeError} for a source without rows.
 */
export function interleaveOrder(
  sizes: readonly number[],
  options: { seed: number; weights?: readonly number[] | undefined; until: InterleaveUntil },
): [source: number, row: number][] {
  if (!sizes.every(size => size > 0))
    throw new RangeError(`a source without rows: sizes ${sizes.join(', ')}`);
  const weights = options.weights ?? sizes;
  const sum = weights.reduce((total, weight) => total + weight, 0);
  let edge = 0;
  const edges = weights.map(weight => (edge += weight / sum));
  // numpy's choice divides by the last edge, which need not be exactly 1
  const draw = (): number => {
    const point = generator.random();
    const chosen = edges.findIndex(upper => point < upper / edge);
    return chosen < 0 ? sizes.length - 1 : chosen;
  };

  const generator = new NumpyGenerator(options.seed);
  const next = sizes.map(() => 0);
  const ended = sizes.map(() => false);
  const isDone = (): boolean =>
    options.until === 'first_exhausted' ? ended.includes(true) : !ended.includes(false);
  const order: [number, number][] = [];
  while (!isDone()) {
    const source = draw();
    if (ended[source] && options.until === 'all_exhausted_without_replacement') continue;
    order.push([source, next[source]!]);
    if (++next[source]! < sizes[source]!) continue;
    ended[source] = true;
    next[source] = 0;
  }
  return order;
}

export interface GroupScheduleOptions {
  /** Number of groups of each source. */
  readonly sizes: readonly number[];
  /** Positive; need not sum to 1. */
  readonly weights: readonly number[];
  readonly groupsPerBatch: number;
  /** Default: until the scarcest source, used at its expected rate, has been seen once; at least 1. */
  readonly batches?: number | undefined;
  readonly seed: number;
}

/** For each batch, [source, group] per slot. Each source goes through its groups in a random order, time and again. */
export function groupSchedule(options: GroupScheduleOptions): [source: number, group: number][][] {
  const { sizes, groupsPerBatch } = options;
  const random = new PythonRandom(options.seed);
  const sum = options.weights.reduce((total, weight) => total + weight, 0);
  const weights = options.weights.map(weight => weight / sum);
  const natural = Math.min(...sizes.map((size, i) => Math.trunc(size / (weights[i]! * groupsPerBatch))));

  const shuffled = (size: number): number[] => {
    const order = Array.from({ length: size }, (_, index) => index);
    random.shuffle(order);
    return order.toReversed();
  };
  const sources = sizes.map((_, index) => index);
  const left = sizes.map(shuffled);
  const drawSlot = (): [number, number] => {
    const [source] = random.choices(sources, weights, 1) as [number];
    if (left[source]!.length === 0) left[source] = shuffled(sizes[source]!);
    return [source, left[source]!.pop()!];
  };
  return Array.from({ length: options.batches ?? Math.max(1, natural) }, () =>
    Array.from({ length: groupsPerBatch }, drawSlot),
  );
}
