/**
 * Rows that hold comparisons, as batches to train on: pairs for DPO, conversations for a reward model. A row that cannot be used is
 * passed over, and somebody is told why. Knows nothing of the formats of data sets.
 */
import { type Datum, originOf, type Renderer, type Row, type RowTable, TinsmithError } from '@tinsmith/core';
import type { SupervisedDataset } from '../conversation-dataset.js';
import { tableOrder } from '../random/index.js';
import { supervisedDatum } from '../supervised-data.js';
import { type LabelledComparison, preferredAndOther, swapped } from './comparison.js';
import { rewardModelExample, swapSequence } from './reward-model.js';

/** What a row holds, or why it is not used. */
export type Reading = { readonly labelled: LabelledComparison } | { readonly skipped: string };
/** Training data from a comparison, or why there is none. */
export type DataOrReason = { readonly data: readonly Datum[] } | { readonly skipped: string };

export interface ComparisonDatasetOptions {
  /** @throws for a row that is not of the format at all */
  readonly read: (row: Row) => Reading;
  /** `place` counts the rows of the epoch, in its order. */
  readonly toData: (labelled: LabelledComparison, place: { epoch: number; row: number }) => DataOrReason;
  /** Rows per batch: a batch has fewer comparisons where rows are passed over. */
  readonly batchSize: number;
  /** False: in the order of the table, the same in each epoch. Default true. */
  readonly isShuffled?: boolean;
  /** `place`: where the row was read, if that is known. */
  readonly onSkipped?: (reason: string, place: string | undefined) => void;
}

/**
 * Each epoch has an order of its own, that of `Dataset.shuffle(seed = epoch)`; rows that do not fill a batch are left out of it.
 * @throws DATA_TOO_FEW_ROWS if they do not fill a single batch
 */
export function comparisonDataset(
  table: RowTable<Row>,
  { read, toData, batchSize, isShuffled = true, onSkipped }: ComparisonDatasetOptions,
): SupervisedDataset {
  const length = Math.floor(table.length / batchSize);
  if (length === 0) {
    throw new TinsmithError({
      code: 'DATA_TOO_FEW_ROWS',
      message: 'the comparisons do not fill one batch',
      at: 'recipe.with.batchSize',
      found: `${table.length} rows, and batches of ${batchSize}`,
      fix: 'a smaller batchSize, or more data',
    });
  }
  let current: { readonly epoch: number; readonly order: ArrayLike<number> } | undefined;
  const orderOf = (epoch: number) => {
    if (current?.epoch !== epoch) current = { epoch, order: tableOrder(table.length, epoch) };
    return current.order;
  };
  return {
    length,
    async getBatch(epoch, index) {
      const order = isShuffled ? orderOf(epoch) : undefined;
      const places = Array.from({ length: batchSize }, (_, i) => index * batchSize + i);
      const rows = await Promise.all(places.map(place => table.at(order?.[place] ?? place)));
      return rows.flatMap((row, i) => {
        const reading = read(row);
        const found = 'skipped' in reading ? reading : toData(reading.labelled, { epoch, row: places[i]! });
        if ('data' in found) return found.data;
        onSkipped?.(found.skipped, originOf(row));
        return [];
      });
    },
  };
}

export interface ComparisonDataOptions {
  readonly renderer: Renderer;
  /** Longer examples are cut on the right. */
  readonly maxLength: number;
}

/** Two datums: the preferred answer, then the other. Their weights are 1 on the answer, whatever its length. */
export function dpoData({
  renderer,
  maxLength,
}: ComparisonDataOptions): (labelled: LabelledComparison) => DataOrReason {
  return labelled => {
    const pair = preferredAndOther(labelled);
    if (!pair) return { skipped: 'a tie' };
    const data = [pair.chosen, pair.rejected].map(messages =>
      supervisedDatum(renderer.buildSupervisedExample(messages, 'last_assistant_message'), {
        maxLength,
        reduction: 'none',
      }),
    );
    return data.every(isTrained) ? { data } : { skipped: `an answer lies behind maxLength ${maxLength}` };
  };
}

export interface RewardModelDataOptions extends ComparisonDataOptions {
  /** Rows of an epoch. */
  readonly rows: number;
  readonly seed: number;
}

/** One datum, its answers swapped or not by seed, epoch and row. */
export function rewardModelData({
  renderer,
  maxLength,
  rows,
  seed,
}: RewardModelDataOptions): ComparisonDatasetOptions['toData'] {
  let current: { readonly epoch: number; readonly swaps: readonly boolean[] } | undefined;
  const isSwapped = (epoch: number, row: number) => {
    if (current?.epoch !== epoch) current = { epoch, swaps: swapSequence(rows, seed + epoch) };
    return current.swaps[row]!;
  };
  return (labelled, { epoch, row }) => {
    const shown = isSwapped(epoch, row) ? swapped(labelled) : labelled;
    const data = [supervisedDatum(rewardModelExample(shown, renderer), { maxLength, reduction: 'none' })];
    return data.every(isTrained) ? { data } : { skipped: `the label lies behind maxLength ${maxLength}` };
  };
}

const isTrained = ({ lossFnInputs }: Datum) =>
  Array.prototype.some.call(lossFnInputs['weights']!.data, (weight: number) => weight > 0);
