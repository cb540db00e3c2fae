/** Options of `rl_basic`, with the Cookbook's defaults. */
import { rlLoopShape } from '@tinsmith/training/options';
import { z } from 'zod';

const count = z.int().positive();
const { learningRate, maxTokens, evalEvery } = rlLoopShape;

export const rlBasicOptions = z.strictObject({
  ...rlLoopShape,
  learningRate: learningRate.default(4e-5),
  maxTokens: maxTokens.default(256),
  evalEvery: evalEvery.default(0),

  env: z.string().default('gsm8k').describe('The task: an environment that a plugin provides.'),
  envOptions: z.record(z.string(), z.unknown()).default({}).describe('Options of the environment.'),
  groupSize: z.int().min(2).default(16).describe('Attempts per problem, compared with each other.'),
  groupsPerBatch: count.default(128).describe('Problems per step.'),
});
