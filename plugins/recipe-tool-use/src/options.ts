/** Options of the recipes, with the Cookbook's defaults. */
import { modelShape, rlLoopShape } from '@tinsmith/training/options';
import { z } from 'zod';
import { INSTRUCTIONS, QUERIES_DESCRIPTION, TOOL_DESCRIPTION } from './prompt.js';

const count = z.int().positive();
const seconds = z.number().positive();
const { streamMinibatchConfig: _config, learningRate, maxTokens, evalEvery, ...loop } = rlLoopShape;

/** What the model sees and may do: the same in training and in evaluation. */
const episodeShape = {
  search: z.string().default('sqlite').describe('The search backend.'),
  nResults: count.default(3).describe('Passages per query.'),
  maxTurns: count.default(5).describe('Answers of the model, those with searches included.'),
  maxToolCalls: count.optional().describe('Searches of an episode. Default: any number.'),
  maxTrajectoryTokens: count.default(32_768).describe('The longest conversation, in tokens.'),
  formatCoef: z.number().min(0).default(0.1).describe('What an episode loses that ends without `Answer:`.'),
  instructions: z.string().default(INSTRUCTIONS).describe('The system prompt.'),
  toolDescription: z.string().default(TOOL_DESCRIPTION),
  queriesDescription: z.string().default(QUERIES_DESCRIPTION),
  searchLimits: z
    .strictObject({
      concurrency: count.default(128).describe('Queries at a time.'),
      attempts: count.default(10),
      attemptSeconds: seconds.default(10),
      retrySeconds: seconds
        .default(1)
        .describe('Before the second attempt; each wait is half as long again.'),
      deadlineSeconds: seconds.default(60).describe('Of a query with all attempts. Then the model is told.'),
    })
    .prefault({}),
};

const dataShape = {
  dataset: z
    .string()
    .default('PeterJinGo/nq_hotpotqa_train')
    .describe('Rows with question and golden_answers: a hub id, a folder or a file.'),
};

export const searchToolOptions = z.strictObject({
  ...loop,
  ...dataShape,
  ...episodeShape,
  learningRate: learningRate.default(4e-5),
  maxTokens: maxTokens.default(1024).describe('Of one turn.'),
  evalEvery: evalEvery.default(0),
  trainSplit: z.string().optional().describe('Default: train.'),
  testSize: z.int().min(0).default(0).describe('Questions to keep for evaluation instead of training.'),
  batchSize: count.default(512).describe('Questions per step.'),
  groupSize: z.int().min(2).default(8).describe('Attempts per question, compared with each other.'),
  streamMinibatch: z
    .boolean()
    .default(false)
    .describe('Train on parts of a batch while the rest is sampled.'),
  numMinibatches: count.default(4).describe('Parts of a batch; for streamMinibatch.'),
  parseErrors: z
    .strictObject({
      maxConsecutive: z.int().min(0).optional().describe('So many in a row are answered with a correction.'),
      penaltyPerError: z.number().min(0).optional(),
      terminalReward: z.number().optional(),
      maskErrorTurns: z.boolean().optional().describe('Do not train on such turns.'),
    })
    .optional()
    .describe('Calls that cannot be read. Default: they end the episode with -0.1.'),
  zeroRewardOnLimit: z.boolean().default(false).describe('Episodes that a limit ended earn nothing above 0.'),
});
export type SearchToolOptions = z.output<typeof searchToolOptions>;

export const searchEvalOptions = z.strictObject({
  engine: modelShape.engine,
  modelName: modelShape.modelName,
  rendererName: modelShape.rendererName,
  anyRenderer: modelShape.anyRenderer,
  ...dataShape,
  ...episodeShape,
  split: z.string().optional().describe('Default: test, for data sets that have splits.'),
  checkpointPath: z
    .string()
    .optional()
    .describe('Weights for sampling, as checkpoints.jsonl has them. Default: the model as it is.'),
  maxEvalSamples: count.default(100).describe('Questions of each source.'),
  sampleSeed: z.int().default(42).describe('Which questions.'),
  maxTokens: count.default(1024).describe('Of one turn.'),
  temperature: z.number().min(0).default(1),
});
export type EpisodeOptions = Pick<SearchToolOptions, keyof typeof episodeShape>;
