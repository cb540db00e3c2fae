/** Options of `rl_loop`, with the Cookbook's defaults. */
import { modelShape } from '@tinsmith/training/options';
import { z } from 'zod';

const count = z.int().positive();
const A_WEEK = 604_800;

export const rlLoopOptions = z.strictObject({
  ...modelShape,

  dataset: z
    .string()
    .default('openai/gsm8k')
    .describe('A hub id, a folder or a file; rows with question and answer, which ends with #### 42.'),
  datasetConfig: z.string().nullable().default('main').describe('null: the data set has no configurations.'),
  datasetSplit: z.string().default('train'),
  fewShot: z.boolean().default(true).describe('Show a solved problem in front of each question.'),
  boxed: z
    .boolean()
    .default(true)
    .describe('Ask for the answer in \\boxed{}. false: the last number of an answer counts.'),

  batchSize: count.default(128).describe('Problems per step.'),
  groupSize: z.int().min(2).default(16).describe('Attempts per problem, compared with each other.'),
  maxTokens: count.default(256).describe('The longest answer.'),
  learningRate: z.number().positive().default(4e-5).describe('Constant.'),

  maxSteps: count.optional().describe('Default: the whole data set once.'),
  saveEvery: z.int().min(0).default(20).describe('Steps between checkpoints; 0: only at the end.'),
  ttlSeconds: count.nullable().default(A_WEEK).describe('Life of those checkpoints; null: for good.'),
});
