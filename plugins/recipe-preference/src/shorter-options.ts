/** Options of `shorter`, with the Cookbook's defaults. */
import { rlLoopShape } from '@tinsmith/training/options';
import { z } from 'zod';

const count = z.int().positive();
const { learningRate, maxTokens, evalEvery, computePostKl } = rlLoopShape;

export const shorterOptions = z.strictObject({
  ...rlLoopShape,
  learningRate: learningRate.default(3e-5),
  maxTokens: maxTokens.default(64),
  evalEvery: evalEvery.default(5).describe('Without effect: there is no test set.'),
  computePostKl: computePostKl.default(true),
  batchSize: count.default(32).describe('Groups per step.'),
  groupSize: z.int().min(2).default(16).describe('Answers per group, compared with each other.'),
  prompt: z.string().min(1).default('Who are you?').describe('What the model is asked, again and again.'),
  numPrompts: count.default(1024).describe('How often it is asked in a run: numPrompts / batchSize steps.'),
  tournamentPattern: z
    .enum(['all_pairs_both_ways', 'all_pairs_one_way'])
    .default('all_pairs_both_ways')
    .describe('Which answers are compared.'),
  matchupGroupSize: z.int().min(2).default(4).describe('Answers are compared within parts of so many.'),
});

export type ShorterOptions = z.output<typeof shorterOptions>;
