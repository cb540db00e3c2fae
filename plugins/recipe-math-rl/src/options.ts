/** Options of `math_rl`, with the Cookbook's defaults. */
import { z } from 'zod';

const count = z.int().positive();

export const mathRlOptions = z.strictObject({
  engine: z.string().describe('The engine that samples and trains.'),
  modelName: z
    .string()
    .describe('A model that a plugin provides, a folder, or a name that the engine knows.'),
  loadCheckpointPath: z.string().optional().describe('Weights to start from, with a fresh optimiser.'),
  rendererName: z.string().optional().describe('Default: what the model recommends.'),
  anyRenderer: z
    .boolean()
    .default(false)
    .describe('Take rendererName even if the model was trained with another chat format.'),
  loraRank: count.default(32),

  env: z.string().default('arithmetic').describe('The kind of problem.'),
  envOptions: z.record(z.string(), z.unknown()).default({}).describe('Options of the environment.'),
  groupSize: z.int().min(2).default(4).describe('Attempts per problem, compared with each other.'),
  groupsPerBatch: count.default(100).describe('Problems per step.'),
  maxTokens: count.default(5).describe('The longest answer. The default is right for arithmetic only.'),
  temperature: z.number().positive().default(1),

  lossFn: z.enum(['importance_sampling', 'ppo', 'cispo', 'dro']).default('importance_sampling'),
  lossFnConfig: z.record(z.string(), z.number()).optional().describe('E.g. clip_low_threshold for ppo.'),
  learningRate: z.number().positive().default(1e-5).describe('Constant.'),
  numSubsteps: count.default(1).describe('Updates per step. More than one: use a clipped loss.'),
  removeConstantRewardGroups: z
    .boolean()
    .default(false)
    .describe('Do not train on groups without a contrast.'),

  maxSteps: count.optional().describe('Default: every batch of the environment once.'),
  saveEvery: z.int().min(0).default(20).describe('Steps between checkpoints; 0: only at the end.'),
  ttlSeconds: count.nullable().default(604_800).describe('Life of those checkpoints; null: for good.'),
});
