/** Conversations to train on, and conversations that are kept out of training. */
import type { Conversation, Rows, RowSource } from '@tinsmith/core';
import type { SlBasicOptions } from './options.js';

type Source = Pick<SlBasicOptions, 'dataset' | 'datasetConfig' | 'trainSplit' | 'testSplit' | 'testSize'>;

export interface TrainAndTest {
  readonly train: Rows<Conversation>;
  /** Undefined: nothing is evaluated. */
  readonly test: Rows<Conversation> | undefined;
}

/** The train split shuffled by the seed; with `testSize`, its first conversations are the test set. */
export async function openConversations(
  rows: RowSource,
  options: Source,
  seed: number,
): Promise<TrainAndTest> {
  const { dataset: source, datasetConfig: config, trainSplit, testSplit, testSize } = options;
  const train = (await rows.conversations({ source, config, split: trainSplit })).shuffle({ seed });
  if (testSize > 0) return { train: train.skip(testSize), test: train.take(testSize) };
  if (testSplit === null) return { train, test: undefined };
  return { train, test: await rows.conversations({ source, config, split: testSplit }) };
}
