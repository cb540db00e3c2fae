/** Options of the recipes, with the Cookbook's defaults. */
import { evaluatorList, rlLoopShape, supervisedLoopShape, trainOnWhat } from '@tinsmith/training/options';
import { z } from 'zod';

const count = z.int().positive();
const { loraRank, maxTokens, learningRate, klPenaltyCoef, evalEvery, temperature } = rlLoopShape;
// The teacher is what a student is compared with, and there are no rewards that could be constant.
const { klReferenceConfig: _, removeConstantRewardGroups: __, ...loop } = rlLoopShape;

/** Who is asked. */
const teacherShape = {
  teacherModel: z.string().describe('Who is learnt from; it must have the vocabulary of modelName.'),
  teacherEngine: z.string().optional().describe('The engine that has the teacher. Default: engine.'),
  teacherCheckpoint: z
    .string()
    .optional()
    .describe("Weights of the teacher, as saved for sampling. Default: teacherModel's own."),
};

const promptShape = {
  dataset: z
    .string()
    .default('deepmath')
    .describe(
      'deepmath, tulu3, or prompts of your own: a file, a folder or a hub id whose rows have `question` or `messages`.',
    ),
  datasetConfig: z.string().optional().describe('A configuration of your data set, where it has several.'),
  trainSplit: z.string().default('train'),
};

const evaluationShape = {
  evaluators: evaluatorList.describe('Asked every evalEvery steps: names, or {use, with}.'),
  onEvaluatorError: z
    .enum(['stop', 'continue'])
    .default('stop')
    .describe('What becomes of the run when an evaluator throws.'),
};

const evaluatorsEvery = evalEvery.describe('Steps between evaluations by evaluators; 0: none.');
const promptLimit = count
  .nullable()
  .default(1024)
  .describe('Longer prompts are cut, in tokens; null: none is.');
const groupsPerBatch = count.describe('Prompts per step.');

/** What all on-policy recipes share. */
const onPolicyShape = {
  ...loop,
  loraRank: loraRank.default(128),
  maxTokens: maxTokens.default(4096),
  learningRate: learningRate.default(1e-4),
  klPenaltyCoef: klPenaltyCoef
    .default(1)
    .describe('What a token costs per nat that the student finds it likelier than the teacher does.'),
  evalEvery: evaluatorsEvery.default(20),
  groupSize: count.default(4).describe('Answers per prompt.'),
  maxPromptTokens: promptLimit,
  ...evaluationShape,
};

export const onPolicyOptions = z.strictObject({
  ...onPolicyShape,
  ...teacherShape,
  ...promptShape,
  groupsPerBatch: groupsPerBatch.default(1024),
});

const lesson = z.strictObject({
  ...promptShape,
  dataset: promptShape.dataset.unwrap(),
  ...teacherShape,
  groupsPerBatch: groupsPerBatch.default(512),
});

export const multiTeacherOptions = z.strictObject({
  ...onPolicyShape,
  lessons: z
    .array(lesson)
    .min(1)
    .describe('Data sets, each with its teacher. A step has groupsPerBatch prompts of each.'),
});

export const offPolicyOptions = z
  .strictObject({
    ...supervisedLoopShape,
    loraRank: loraRank.default(128),
    learningRate: learningRate.default(1e-3),
    evalEvery: evaluatorsEvery.default(50),
    saveEvery: supervisedLoopShape.saveEvery.default(50),
    ...evaluationShape,

    dataset: z
      .string()
      .default('openthoughts3')
      .describe(
        'openthoughts3, or data of your own: a file, a folder or a hub id. For answers: dataset its rows have `messages`, for answers: teacher `question` or `messages`.',
      ),
    datasetConfig: promptShape.datasetConfig,
    trainSplit: promptShape.trainSplit,
    answers: z
      .enum(['dataset', 'teacher'])
      .default('dataset')
      .describe('Whose answers are learnt: those in the data set, or what teacherModel says to its prompts.'),
    softTargets: count
      .nullable()
      .default(null)
      .describe(
        'Learn, in place of each token, the so many likeliest ones of teacherModel with their probabilities (the Cookbook takes 20); null: the text alone.',
      ),
    ...teacherShape,
    teacherModel: teacherShape.teacherModel
      .optional()
      .describe('For answers: teacher and for softTargets; it must have the vocabulary of modelName.'),
    teacherConcurrency: count.default(64).describe('Requests to the teacher at the same time.'),
    maxTokens: maxTokens.default(4096).describe('The longest answer of the teacher.'),
    temperature: temperature.describe('Of its answers.'),
    maxPromptTokens: promptLimit,

    trainOnWhat: trainOnWhat.default('all_assistant_messages').describe('Which messages are learnt.'),
    maxLength: count.default(16_384).describe('Longer examples are cut on the right.'),
    batchSize: count.default(128).describe('Conversations or prompts per step.'),
    maxPrompts: count.default(384_000).describe('Rows of an epoch.'),
    bufferSize: count
      .default(384_000)
      .describe('Rows in memory that the next one is drawn from: it mixes the order.'),
  })
  .refine(
    ({ answers, softTargets, teacherModel }) => {
      const needsTeacher = answers === 'teacher' || softTargets !== null;
      return !needsTeacher || teacherModel !== undefined;
    },
    { path: ['teacherModel'], error: 'is needed for answers: teacher and for softTargets' },
  );

export type OffPolicyOptions = z.output<typeof offPolicyOptions>;
export type MultiTeacherOptions = z.output<typeof multiTeacherOptions>;
export type OnPolicyOptions = z.output<typeof onPolicyOptions>;
