/** Options of `prompt_distillation` and of the data that it learns from, with the Cookbook's defaults. */
import { evaluatorList, supervisedLoopShape, trainOnWhat } from '@tinsmith/training/options';
import { z } from 'zod';

const count = z.int().positive();
const { learningRate, numEpochs, evalEvery } = supervisedLoopShape;

/** What makes data, for the command and for the first stage of a run. */
export const createDataOptions = z.strictObject({
  modelName: z.string().describe('The teacher.'),
  engine: z.string().optional().describe('The engine that has the teacher. Default: the only one.'),
  checkpoint: z.string().optional().describe('Weights of the teacher, as saved for sampling.'),
  rendererName: z.string().optional().describe('Default: what the model recommends.'),
  anyRenderer: z
    .boolean()
    .default(false)
    .describe('Take rendererName even if the model was trained with another chat format.'),
  prompt: z
    .string()
    .describe(
      'A file: what the teacher is told. {text} marks the place of the text, else it is a system message.',
    ),
  input: z
    .string()
    .describe('The texts: a .txt file with one per line, or rows (a file, a folder, a hub id).'),
  inputField: z.string().default('text').describe('The field with the text, of rows.'),
  answer: z
    .string()
    .refine(isPattern, { error: 'must be a regular expression' })
    .optional()
    .describe('A regular expression: its first group is learnt. Default: the whole answer.'),
  labels: z.array(z.string()).min(1).optional().describe('Other answers are dropped. Default: none is.'),
  maxTokens: count.default(1000),
  temperature: z.number().min(0).default(0.15),
  concurrency: count.default(64).describe('Questions that are asked side by side.'),
  timeoutSeconds: z.number().positive().max(86_400).default(300).describe('For one answer.'),
});

export type CreateDataOptions = z.output<typeof createDataOptions>;

function isPattern(source: string): boolean {
  try {
    return new RegExp(source, 'u') instanceof RegExp;
  } catch {
    return false;
  }
}

export const promptDistillationOptions = z.strictObject({
  ...supervisedLoopShape,
  learningRate: learningRate.default(1e-4),
  numEpochs: numEpochs.default(4),
  evalEvery: evalEvery
    .default(5)
    .describe('Steps between evaluations on the test set and by evaluators; 0: none.'),

  dataset: z
    .string()
    .optional()
    .describe(
      'Conversations without the prompt, as `tinsmith create_data` writes them. Default: made by `create`.',
    ),
  create: createDataOptions
    .optional()
    .describe('Without `dataset`: how the data are made, before the first step, in the run folder.'),
  testSize: z
    .int()
    .min(0)
    .default(0)
    .describe('The first conversations after the shuffle are kept for the test; 0: none.'),
  trainOnWhat: trainOnWhat.default('all_assistant_messages').describe('Which messages are learnt.'),
  maxLength: count.default(32_768).describe('Longer examples are cut on the right.'),
  batchSize: count.default(128).describe('Conversations per step.'),

  evaluators: evaluatorList.describe('Asked every evalEvery steps: names, or {use, with}.'),
  onEvaluatorError: z
    .enum(['stop', 'continue'])
    .default('stop')
    .describe('What becomes of the run when an evaluator throws.'),
});
