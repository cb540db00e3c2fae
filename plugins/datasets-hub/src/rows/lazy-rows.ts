/** `Rows` of the contract over a plan. */
import { createHash } from 'node:crypto';
import type { ReadPosition, RowReader, Rows, RowTable } from '@tinsmith/core';
import { problem } from '../problem.js';
import {
  batchPlan,
  bufferPlan,
  type BufferedShuffle,
  filterPlan,
  mapPlan,
  type Plan,
  shufflePlan,
  slicePlan,
} from './plan.js';

export class LazyRows<R> implements Rows<R> {
  private readonly plan: Plan<R>;

  constructor(plan: Plan<R>) {
    this.plan = plan;
  }

  filter(keep: (row: R) => boolean): Rows<R> {
    return new LazyRows(filterPlan(this.plan, keep));
  }

  map<S>(change: (row: R) => S): Rows<S> {
    return new LazyRows(mapPlan(this.plan, change));
  }

  take(count: number): Rows<R> {
    return new LazyRows(slicePlan(this.plan, 0, checkCount('take', count, 0)));
  }

  skip(count: number): Rows<R> {
    return new LazyRows(slicePlan(this.plan, checkCount('skip', count, 0), Infinity));
  }

  shuffle({ seed }: { readonly seed: number }): Rows<R> {
    return new LazyRows(shufflePlan(this.plan, checkCount('a seed', seed, 0)));
  }

  shuffleThroughBuffer(options: BufferedShuffle): Rows<R> {
    checkCount('a seed', options.seed, 0);
    checkCount('an epoch', options.epoch ?? 0, 0);
    checkCount('the size of a buffer', options.bufferSize, 1);
    return new LazyRows(bufferPlan(this.plan, options));
  }

  batches({
    size,
    partial,
  }: {
    readonly size: number;
    readonly partial: 'keep' | 'drop';
  }): Rows<readonly R[]> {
    return new LazyRows(batchPlan(this.plan, checkCount('the size of a batch', size, 1), partial));
  }

  table(): Promise<RowTable<R>> {
    return this.plan.table();
  }

  read(from?: ReadPosition): RowReader<R> {
    const identity = createHash('sha256').update(this.plan.identity).digest('hex').slice(0, 16);
    if (from && from.of !== identity) {
      throw problem({
        code: 'DATA_POSITION_FOREIGN',
        message: 'the position belongs to other data, or to the same data in another order',
        at: this.plan.identity,
        found: `position of ${from.of}, here ${identity}`,
        fix: 'use the data, seed, batch size and revision that the position was saved with, or start from the beginning',
      });
    }
    return new Reader(this.plan, identity, from?.rows ?? 0);
  }

  [Symbol.asyncIterator](): RowReader<R> {
    return this.read();
  }
}

class Reader<R> implements RowReader<R> {
  private readonly rows: AsyncGenerator<R>;
  private readonly identity: string;
  private given: number;

  constructor(plan: Plan<R>, identity: string, from: number) {
    this.rows = plan.stream(from);
    this.identity = identity;
    this.given = from;
  }

  async next(): Promise<IteratorResult<R>> {
    const result = await this.rows.next();
    if (!result.done) this.given++;
    return result;
  }

  return(): Promise<IteratorResult<R>> {
    return this.rows.return(undefined);
  }

  position(): ReadPosition {
    return { rows: this.given, of: this.identity };
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}

function checkCount(what: string, count: number, least: number): number {
  if (Number.isSafeInteger(count) && count >= least) return count;
  throw problem({
    code: 'DATA_COUNT_INVALID',
    message: `${what} is a whole number of at least ${least}`,
    found: String(count),
  });
}
