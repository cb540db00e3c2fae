/** Conversations as batches to train on, in the order of the reference. */
import {
  amend,
  type Conversation,
  type Datum,
  originOf,
  type Renderer,
  type Rows,
  TinsmithError,
  type TrainOnWhat,
} from '@tinsmith/core';
import { exampleDatum } from './example-data.js';
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
 * batch are left out of the epoch. What is wrong with a conversation is said with the place it was read from when
 * its batch is made.
 * @throws DATA_TOO_FEW_ROWS if they do not fill a single batch.
 */
export async function conversationDataset(
  rows: Rows<Conversation>,
  { batchSize, isShuffled = true, ...options }: ConversationDatasetOptions,
): Promise<SupervisedDataset> {
  const ordered = (epoch: number) => (isShuffled ? rows.shuffle({ seed: epoch }) : rows);
  const tableOf = (epoch: number) => ordered(epoch).batches({ size: batchSize, partial: 'drop' }).table();
  let current = { epoch: 0, table: await tableOf(0) };
  const { length } = current.table;
  if (length === 0) {
    throw new TinsmithError({
      code: 'DATA_TOO_FEW_ROWS',
      message: 'the conversations do not fill one batch',
      at: 'recipe.with.batchSize',
      found: `fewer than ${batchSize}`,
      fix: 'a smaller batchSize, or more data',
    });
  }

  return {
    length,
    async getBatch(epoch, index) {
      if (epoch !== current.epoch) current = { epoch, table: await tableOf(epoch) };
      const conversations = await current.table.at(index);
      return conversations.flatMap(conversation => conversationData(conversation, options));
    },
  };
}

/**
 * Conversations to evaluate, in their order: whole batches, as in the reference, or one smaller batch where they do not fill
 * one.
 */
export async function heldOutDataset(
  rows: Rows<Conversation>,
  options: Omit<ConversationDatasetOptions, 'isShuffled'>,
): Promise<SupervisedDataset> {
  const { length } = await rows.table();
  const batchSize = Math.min(options.batchSize, length);
  return conversationDataset(rows, { ...options, batchSize, isShuffled: false });
}

export type ConversationDataOptions = Pick<
  ConversationDatasetOptions,
  'renderer' | 'maxLength' | 'trainOnWhat'
>;

/**
 * What one conversation gives to train on. An example whose trained tokens are all cut off keeps weights of 0, as in
 * the reference; one that never had any is refused.
 * @throws errors of the renderer and TRAINING_EXAMPLE_UNTRAINED, with the place that the conversation was read from.
 */
export function conversationData(
  conversation: Conversation,
  { renderer, maxLength, trainOnWhat }: ConversationDataOptions,
): Datum[] {
  const place = originOf(conversation) ?? 'a conversation';
  try {
    return renderer
      .buildSupervisedExamples(conversation.messages, trainOnWhat)
      .map(example =>
        example.tokens.length > maxLength
          ? supervisedDatum(example, { maxLength })
          : exampleDatum(example, { name: place }),
      );
  } catch (error) {
    if (!TinsmithError.is(error) || error.at === place) throw error;
    throw amend(error, { at: error.at === undefined ? place : `${place} ${error.at}` });
  }
}
