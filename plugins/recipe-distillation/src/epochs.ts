/** Batches of rows in another order each epoch: the rows go through a buffer, so that a data set need not fit in memory. */
import { type Rows, type RowTable, TinsmithError } from '@tinsmith/core';

export interface EpochOptions {
  readonly size: number;
  /** Rows of an epoch; the others are left out of it. */
  readonly limit: number;
  /** Rows in memory that the next one is drawn from. */
  readonly bufferSize: number;
  readonly seed: number;
}

export interface EpochBatches<R> {
  /** Batches per epoch, all of them whole. */
  readonly length: number;
  /** The same for the same place whenever asked. */
  at(epoch: number, index: number): Promise<readonly R[]>;
}

/** @throws DATA_TOO_FEW_ROWS if the rows do not fill a batch */
export async function epochBatches<R>(
  rows: Rows<R>,
  { size, limit, bufferSize, seed }: EpochOptions,
): Promise<EpochBatches<R>> {
  const open = async (epoch: number): Promise<RowTable<readonly R[]>> =>
    rows
      .shuffleThroughBuffer({ seed, bufferSize, epoch })
      .take(limit)
      .batches({ size, partial: 'drop' })
      .table();
  let current = { epoch: 0, table: await open(0) };
  const { length } = current.table;
  if (length === 0) {
    throw new TinsmithError({
      code: 'DATA_TOO_FEW_ROWS',
      message: 'what there is to learn from does not fill one batch',
      at: 'recipe.with.batchSize',
      found: `fewer than ${size} rows`,
      fix: 'a smaller batchSize, or more data',
    });
  }
  return {
    length,
    async at(epoch, index) {
      if (epoch !== current.epoch) current = { epoch, table: await open(epoch) };
      return current.table.at(index);
    },
  };
}
