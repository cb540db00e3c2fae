/** Options of `dpo`, with the Cookbook's defaults. */
import { evaluatorList, supervisedLoopShape } from '@tinsmith/training/options';
import { z } from 'zod';
import { comparisonDataShape } from '../data/open-comparisons.js';

const count = z.int().positive();
const every = z.int().min(0);
// A step waits for the loss that is computed here, so that nothing could be submitted ahead.
const { submitAhead: _, saveEveryTokens: __, ...loop } = supervisedLoopShape;

export const dpoOptions = z.strictObject({
  ...loop,
  ...comparisonDataShape,
  learningRate: loop.learningRate.default(1e-5),
  evalEvery: loop.evalEvery
    .default(10)
    .describe('Steps between evaluations on the test set and by evaluators, also before the last; 0: none.'),
  infrequentEvalEvery: every.default(100).describe('Steps between runs of infrequentEvaluators; 0: none.'),
  dpoBeta: z
    .number()
    .positive()
    .default(0.1)
    .describe('How much a nat counts by which the policy has moved away from the reference.'),
  referenceModelName: z
    .string()
    .nullable()
    .default(null)
    .describe("Unused, as in the Cookbook: the reference is the run's own starting weights."),
  maxLength: count
    .nullable()
    .default(8192)
    .describe('Longer conversations are cut on the right; null: none is.'),
  batchSize: count.default(256).describe('Comparisons per step, those that cannot be used included.'),

  evaluators: evaluatorList.describe('Asked every evalEvery steps: names, or {use, with}.'),
  infrequentEvaluators: evaluatorList.describe('Asked every infrequentEvalEvery steps.'),
  onEvaluatorError: z
    .enum(['stop', 'continue'])
    .default('stop')
    .describe('What becomes of the run when an evaluator throws.'),
});

export type DpoOptions = z.output<typeof dpoOptions>;
