/** Options of `rlhf`, with the Cookbook's defaults. What has no stage in its name counts for all three. */
import { modelShape, rlLoopShape, saveShape, supervisedLoopShape } from '@tinsmith/training/options';
import { z } from 'zod';
import { comparisonDataShape } from '../data/open-comparisons.js';

const count = z.int().positive();
const learningRate = z.number().positive();
const { loadCheckpointPath: _, loraRank, ...model } = modelShape;

export const rlhfOptions = z.strictObject({
  ...model,
  ...saveShape,
  shortName: z.string().optional().describe('For the name of the run. Default: from modelName.'),
  loraRank: loraRank.default(64),
  maxLength: count.default(16_384).describe('Longer examples are cut on the right.'),
  batchSize: count.default(256).describe('Conversations, comparisons or prompts per step.'),
  saveEvery: saveShape.saveEvery.default(100),
  evalEvery: supervisedLoopShape.evalEvery.default(20).describe('Steps between evaluations; 0: none.'),
  maxSteps: count.optional().describe('Of each stage. Default: all of its data once.'),
  submitAhead: supervisedLoopShape.submitAhead,

  runSft: z.boolean().default(true).describe('Stage 1, supervised: the model learns to answer.'),
  runRm: z.boolean().default(true).describe('Stage 2: a reward model learns which answer is better.'),
  runRl: z.boolean().default(true).describe('Stage 3: the model of stage 1 learns to please it.'),
  sftCheckpointPath: z
    .string()
    .optional()
    .describe('`state_path` that stage 3 starts from. Default: what stage 1 left in the run folder.'),
  rmCheckpointPath: z
    .string()
    .optional()
    .describe('`sampler_path` that stage 3 asks. Default: what stage 2 left in the run folder.'),
  judge: z
    .string()
    .optional()
    .describe('A judge that a plugin provides, instead of a reward model: stage 2 is left out.'),
  judgeOptions: z.record(z.string(), z.unknown()).default({}).describe('Options of the judge.'),

  sftDataset: z
    .string()
    .default('HuggingFaceH4/no_robots')
    .describe('Stage 1: a hub id, a folder or a file with conversations.'),
  sftDatasetConfig: z.string().optional().describe('A configuration of it, where it has several.'),
  sftTrainSplit: z.string().default('train'),
  sftTestSplit: z.string().nullable().default('test').describe('What is evaluated; null: nothing.'),
  sftTestSize: z
    .int()
    .min(0)
    .default(0)
    .describe('Conversations of the train split to evaluate instead of a split; 0: none.'),
  sftLearningRate: learningRate.default(2e-4),
  sftMaxSteps: count.optional().describe('Default: maxSteps.'),

  ...comparisonDataShape,
  rmLearningRate: learningRate.default(3e-4),
  rmMaxSteps: count.optional().describe('Default: maxSteps.'),

  rlLearningRate: learningRate.default(1e-5),
  rlMaxTokens: count.default(1024).describe('The longest answer.'),
  rlGroupSize: z.int().min(2).default(4).describe('Answers to a prompt, compared with each other.'),
  rlBatchSize: count.optional().describe('Prompts per step. Default: batchSize.'),
  rlMaxSteps: count.optional().describe('Default: maxSteps.'),
  tournamentPattern: z
    .enum(['all_pairs_both_ways', 'all_pairs_one_way'])
    .default('all_pairs_both_ways')
    .describe('Which answers are compared.'),
  matchupGroupSize: z.int().min(2).default(4).describe('Answers are compared within parts of so many.'),
  winRateSize: count
    .default(256)
    .describe('Held-out comparisons whose prompts are answered to measure win rates.'),
  rolloutJsonExport: rlLoopShape.rolloutJsonExport,
  rolloutErrorTolerance: rlLoopShape.rolloutErrorTolerance,
  rolloutLimits: rlLoopShape.rolloutLimits,
  stallSeconds: rlLoopShape.stallSeconds,
});

export type RlhfOptions = z.output<typeof rlhfOptions>;

const supervisedLoop = z.object(supervisedLoopShape);
const rlLoop = z.object(rlLoopShape);

/** What the loop of a supervised stage reads: one epoch, the learning rate falling linearly to 0. */
export const supervisedOptions = (
  options: RlhfOptions,
  stage: { readonly learningRate: number; readonly maxSteps: number | undefined },
) =>
  supervisedLoop.parse({
    ...options,
    maxSteps: stage.maxSteps ?? options.maxSteps,
    learningRate: stage.learningRate,
  });

/** What the loop of stage 3 reads. */
export const rlOptions = (options: RlhfOptions, loadCheckpointPath: string) =>
  rlLoop.parse({
    ...options,
    loadCheckpointPath,
    learningRate: options.rlLearningRate,
    maxTokens: options.rlMaxTokens,
    maxSteps: options.rlMaxSteps ?? options.maxSteps,
  });
