/** Options of `chat_sl`, with the Cookbook's defaults. */
import { evaluatorList, supervisedLoopShape, trainOnWhat } from '@tinsmith/training/options';
import { z } from 'zod';

const count = z.int().positive();
const every = z.int().min(0);
const { evalEvery } = supervisedLoopShape;

export const chatSlOptions = z.strictObject({
  ...supervisedLoopShape,
  evalEvery: evalEvery
    .default(20)
    .describe('Steps between evaluations on the test set and by evaluators; 0: none.'),
  infrequentEvalEvery: every.default(100).describe('Steps between runs of infrequentEvaluators; 0: none.'),

  dataset: z
    .string()
    .default('no_robots')
    .describe('no_robots, tulu3, or conversations of your own: a file, a folder, or a hub id.'),
  datasetConfig: z.string().optional().describe('A configuration of your data set, where it has several.'),
  trainSplit: z.string().default('train'),
  testSplit: z
    .string()
    .nullable()
    .optional()
    .describe('What is evaluated; null: nothing. Default: that of no_robots, else none.'),
  testSize: every
    .optional()
    .describe(
      'The first conversations after the shuffle are kept for the test. Default: 1024 of tulu3, else none.',
    ),
  trainOnWhat: trainOnWhat
    .optional()
    .describe(
      'Which messages are learnt. Default: last_assistant_message of tulu3, else all_assistant_messages.',
    ),
  maxLength: count
    .nullable()
    .default(16_384)
    .describe('Longer examples are cut on the right; null: none is.'),
  batchSize: count.default(256).describe('Conversations per step.'),

  evaluators: evaluatorList.describe('Asked every evalEvery steps: names, or {use, with}.'),
  infrequentEvaluators: evaluatorList.describe('Asked every infrequentEvalEvery steps.'),
  inlineEvals: z
    .literal('inspect')
    .nullable()
    .default(null)
    .describe("The Cookbook's name for gsm8k and ifeval among infrequentEvaluators."),
  onEvaluatorError: z
    .enum(['stop', 'continue'])
    .default('stop')
    .describe('What becomes of the run when an evaluator throws.'),
});

export type ChatSlOptions = z.output<typeof chatSlOptions>;
