/** Options of `math_rl`, with the Cookbook's defaults. */
import { rlLoopShape } from '@tinsmith/training/options';
import { z } from 'zod';

const count = z.int().positive();
const { learningRate, maxTokens } = rlLoopShape;

export const mathRlOptions = z.strictObject({
  ...rlLoopShape,
  learningRate: learningRate.default(1e-5),
  maxTokens: maxTokens.default(5).describe('The longest answer. The default is right for arithmetic only.'),

  env: z.string().default('arithmetic').describe('The kind of problem.'),
  envOptions: z.record(z.string(), z.unknown()).default({}).describe('Options of the environment.'),
  groupSize: z.int().min(2).default(4).describe('Attempts per problem, compared with each other.'),
  groupsPerBatch: count.default(100).describe('Problems per step.'),
});
