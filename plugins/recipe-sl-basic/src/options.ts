/** Options of `sl_basic`, with the Cookbook's defaults. */
import { supervisedLoopShape, trainOnWhat } from '@tinsmith/training/options';
import { z } from 'zod';

const count = z.int().positive();
const { learningRate, evalEvery } = supervisedLoopShape;

export const slBasicOptions = z.strictObject({
  ...supervisedLoopShape,
  learningRate: learningRate.default(2e-4),
  evalEvery: evalEvery.default(8),

  dataset: z
    .string()
    .default('HuggingFaceH4/no_robots')
    .describe('A hub id, a folder or a file; rows with messages, each with a role and a content.'),
  datasetConfig: z.string().optional().describe('A configuration of the data set, where it has several.'),
  trainSplit: z.string().default('train'),
  testSplit: z.string().nullable().default('test').describe('What is evaluated; null: nothing.'),
  testSize: z
    .int()
    .min(0)
    .default(0)
    .describe('Conversations of the train split to keep for the test instead of a split; 0: none.'),
  trainOnWhat: trainOnWhat.default('all_assistant_messages').describe('Which messages are learnt.'),
  maxLength: count.default(32_768).describe('Longer examples are cut on the right.'),
  batchSize: count.default(128).describe('Conversations per step.'),
});

export type SlBasicOptions = z.output<typeof slBasicOptions>;
