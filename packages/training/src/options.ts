/**
 * Options that loops share, with the reference's defaults: shapes to build a recipe's own schema from,
 * `z.strictObject({ ...rlLoopShape, mine: z.string() })`.
 */
import type { TrainOnWhat } from '@tinsmith/core';
import { z } from 'zod';
import { learningRateSchedules } from './learning-rate.js';

const count = z.int().positive();
const every = z.int().min(0);
const A_WEEK = 604_800;

/** Which model, in which chat format, from which weights. */
export const modelShape = {
  engine: z.string().describe('The engine that trains and samples.'),
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
};

/** Which messages of a conversation are learnt. */
export const trainOnWhat = z.enum([
  'last_assistant_message',
  'last_assistant_turn',
  'all_assistant_messages',
  'all_messages',
  'all_tokens',
  'all_user_and_system_messages',
  'customized',
]) satisfies z.ZodType<TrainOnWhat>;

/** When a run saves. */
export const saveShape = {
  saveEvery: every.default(20).describe('Steps between checkpoints; 0: only at the end.'),
  ttlSeconds: count.nullable().default(A_WEEK).describe('Life of those checkpoints; null: for good.'),
  rollingSaveEvery: every
    .default(0)
    .describe('Steps between checkpoints that only serve to go on after a crash; 0: none.'),
  rollingTtlSeconds: count.default(7200).describe('Life of those.'),
};

const rolloutErrors = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('fail_fast') }),
  z.strictObject({ kind: z.literal('retry'), maxRetries: z.int().min(0).optional() }),
  z.strictObject({
    kind: z.literal('min_viable'),
    maxRetries: z.int().min(0).optional(),
    minSuccessful: count.optional(),
  }),
]);

const rolloutLimits = z.strictObject({
  maxTurns: count.optional(),
  maxTrajectoryTokens: count.optional().describe('Observed and sampled together.'),
  maxSampledTokens: count.optional(),
  maxTurnTokens: count.optional().describe('Of one turn; maxTokens counts too.'),
  rolloutTimeoutSeconds: z.number().positive().optional().describe('Ends the episode between two turns.'),
  turnTimeoutSeconds: z
    .number()
    .positive()
    .optional()
    .describe('The longest wait for the engine or the environment; beyond it the rollout fails.'),
});

/** What `trainRl` reads. Learning rate and answer length have no default: they depend on the task. */
export const rlLoopShape = {
  ...modelShape,
  ...saveShape,
  maxTokens: count.describe('The longest answer.'),
  temperature: z.number().positive().default(1),
  learningRate: z.number().positive().describe('Constant.'),
  lossFn: z.enum(['importance_sampling', 'ppo', 'cispo', 'dro']).default('importance_sampling'),
  lossFnConfig: z.record(z.string(), z.number()).optional().describe('E.g. clip_low_threshold for ppo.'),
  numSubsteps: count.default(1).describe('Updates per step. More than one: use a clipped loss.'),
  removeConstantRewardGroups: z
    .boolean()
    .default(false)
    .describe('Do not train on groups without a contrast.'),
  klPenaltyCoef: z
    .number()
    .min(0)
    .default(0)
    .describe('What it costs to move away from the reference model; 0: nothing.'),
  klDiscountFactor: z.number().min(0).max(1).default(0).describe('How much a token pays for those after it.'),
  klReferenceConfig: z
    .strictObject({ baseModel: z.string(), loadCheckpointPath: z.string().optional() })
    .optional()
    .describe('The reference model. Default: modelName before training.'),
  computePostKl: z.boolean().default(false).describe('Measure what each update did to the sampled tokens.'),
  rolloutErrorTolerance: z
    .union([z.boolean(), rolloutErrors])
    .default(false)
    .describe('A rollout that fails: false ends the run, true tries it again, up to 3 times per group.'),
  rolloutLimits: rolloutLimits
    .optional()
    .describe('When an episode is over besides what its environment says.'),
  stallSeconds: z
    .number()
    .positive()
    .default(120)
    .describe('When nothing has happened for so long, a line in the log says what is being waited for.'),
  streamMinibatchConfig: z
    .strictObject({ numMinibatches: count })
    .optional()
    .describe('Train on parts of a batch while the rest is still sampled.'),
  maxStepsOffPolicy: every
    .optional()
    .describe('Sample while training, with weights that may be so many steps old. Default: step by step.'),
  evalEvery: every.default(20).describe('Steps between evaluations on the test set; 0: none.'),
  rolloutJsonExport: z
    .boolean()
    .default(true)
    .describe('Write every rollout: rollouts.jsonl, and summaries as the Cookbook does.'),
  maxSteps: count.optional().describe('Default: every batch once.'),
};

/** What `trainSupervised` reads. */
export const supervisedLoopShape = {
  ...modelShape,
  ...saveShape,
  learningRate: z.number().positive().default(1e-4),
  lrSchedule: z.enum(learningRateSchedules).default('linear'),
  numEpochs: count.default(1),
  saveEveryTokens: every.default(0).describe('Tokens between checkpoints, besides saveEvery; 0: none.'),
  saveEverySeconds: every.default(0).describe('Seconds between checkpoints, besides saveEvery; 0: none.'),
  evalEvery: every.default(10).describe('Steps between evaluations on the test set; 0: none.'),
  submitAhead: z.int().min(0).default(1).describe('Steps that the engine gets before the last one is done.'),
  maxSteps: count.optional().describe('Default: every batch of every epoch.'),
};

const rlLoop = z.object(rlLoopShape);
const supervisedLoop = z.object(supervisedLoopShape);
export type RlLoopOptions = z.output<typeof rlLoop>;
export type SupervisedLoopOptions = z.output<typeof supervisedLoop>;
