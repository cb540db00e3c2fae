/** Options of the recipes, with the Cookbook's defaults. */
import { evaluatorList, rlLoopShape } from '@tinsmith/training/options';
import { z } from 'zod';

const count = z.int().positive();
const { loraRank, maxTokens, learningRate, klPenaltyCoef, evalEvery } = rlLoopShape;
// The teacher is what a student is compared with, and there are no rewards that could be constant.
const { klReferenceConfig: _, removeConstantRewardGroups: __, ...loop } = rlLoopShape;

/** What all on-policy recipes share. */
const onPolicyShape = {
  ...loop,
  loraRank: loraRank.default(128),
  maxTokens: maxTokens.default(4096),
  learningRate: learningRate.default(1e-4),
  klPenaltyCoef: klPenaltyCoef
    .default(1)
    .describe('What a token costs per nat that the student finds it likelier than the teacher does.'),
  evalEvery: evalEvery.default(20).describe('Steps between evaluations by evaluators; 0: none.'),
  groupSize: count.default(4).describe('Answers per prompt.'),
  maxPromptTokens: count.nullable().default(1024).describe('Longer prompts are cut; null: none is.'),
  evaluators: evaluatorList.describe('Asked every evalEvery steps: names, or {use, with}.'),
  onEvaluatorError: z
    .enum(['stop', 'continue'])
    .default('stop')
    .describe('What becomes of the run when an evaluator throws.'),
};

export const onPolicyOptions = z.strictObject({
  ...onPolicyShape,
  teacherModel: z.string().describe('Who is learnt from; it must have the vocabulary of modelName.'),
  teacherEngine: z.string().optional().describe('The engine that has the teacher. Default: engine.'),
  teacherCheckpoint: z
    .string()
    .optional()
    .describe("Weights of the teacher, as saved for sampling. Default: teacherModel's own."),
  groupsPerBatch: count.default(1024).describe('Prompts per step.'),
  dataset: z
    .string()
    .default('deepmath')
    .describe(
      'deepmath, tulu3, or prompts of your own: a file, a folder or a hub id whose rows have `question` or `messages`.',
    ),
  datasetConfig: z.string().optional().describe('A configuration of your data set, where it has several.'),
  trainSplit: z.string().default('train'),
});
