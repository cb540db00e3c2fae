/** Conversations as batches to train on, in the order of the reference. */
import {
  type Conversation,
  type Datum,
  type Renderer,
  type Rows,
  TinsmithError,
  type TrainOnWhat,
} from '@tinsmith/core';
import { supervisedDatum } from './supervised-data.js';

/** Batches of training data, the same for the same place whenever asked. */
export interface SupervisedDataset {
  /** Batches per epoch. */
  readonly length: number;
  getBatch(epoch: number, index: number): Promise<readonly Datum[]>;
}

export interface ConversationDatasetOptions {
  readonly renderer: Renderer;
  /** Conversations per batch. One can give several examples, if the chat format changes earlier turns. */
  readonly batchSize: number;
  /** Longer examples are cut on the right. */
  readonly maxLength: number;
  readonly trainOnWhat: TrainOnWhat;
  /** False: in the order of the rows, the same in each epoch. Default true. */
  readonly isShuffled?: boolean;
}

/**
 * Each epoch has an order of its own, that of `Dataset.shuffle(seed = epoch)`; conversations that do not fill a
 * batch are left out of the epoch. Throws DATA_TOO_FEW_ROWS if they do not fill a single one.
 */
export async function conversationDataset(
  rows: Rows<Conversation>,
  { renderer, batchSize, maxLength, trainOnWhat, isShuffled = true }: ConversationDatasetOptions,
): Promise<SupervisedDataset> {
  const ordered = (epoch: number) => (isShuffled ? rows.shuffle({ seed: epoch }) : rows);
  const tableOf = (epoch: number) => ordered(epoch).batches({ size: batchSize, partial: 'drop' }).table();
  let current = { epoch: 0, table: await tableOf(0) };
  const { length } = current.table;
  if (length === 0) {
    throw new TinsmithError({
      code: 'DATA_TOO_FEW_ROWS',
      message: 'the conversations do not fill one batch',
      found: `fewer than ${batchSize}`,
      fix: 'a smaller batchSize, or more data',
    });
  }

  return {
    length,
    async getBatch(epoch, index) {
      if (epoch !== current.epoch) current = { epoch, table: await tableOf(epoch) };
      const conversations = await current.table.at(index);
      return conversations
        .flatMap(({ messages }) => renderer.buildSupervisedExamples(messages, trainOnWhat))
        .map(example => supervisedDatum(example, { maxLength }));
    },
  };
}
