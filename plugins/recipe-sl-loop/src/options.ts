/** Options of `sl_loop`, with the Cookbook's defaults. */
import { modelShape, trainOnWhat } from '@tinsmith/training/options';
import { z } from 'zod';

const count = z.int().positive();
const A_WEEK = 604_800;

export const slLoopOptions = z.strictObject({
  ...modelShape,

  dataset: z
    .string()
    .default('HuggingFaceH4/no_robots')
    .describe('A hub id, a folder or a file; rows with messages, each with a role and a content.'),
  datasetConfig: z.string().optional().describe('A configuration of the data set, where it has several.'),
  datasetSplit: z.string().default('train'),
  trainOnWhat: trainOnWhat.default('all_assistant_messages').describe('Which messages are learnt.'),
  maxLength: count.default(32_768).describe('Longer examples are cut on the right.'),

  batchSize: count.default(128).describe('Conversations per step.'),
  learningRate: z
    .number()
    .positive()
    .default(1e-4)
    .describe('At the start; it falls to 0 over the data set.'),

  maxSteps: count.optional().describe('Default: the whole data set once.'),
  saveEvery: z.int().min(0).default(20).describe('Steps between checkpoints; 0: only at the end.'),
  ttlSeconds: count.nullable().default(A_WEEK).describe('Life of those checkpoints; null: for good.'),
});
