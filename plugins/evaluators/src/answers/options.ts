/** Options that all tasks share. */
import { z } from 'zod';

const count = z.int().positive();

/** Where the rows are. */
export const dataShape = {
  datasetConfig: z.string().optional().describe('A configuration of the data set, where it has several.'),
  split: z.string().optional(),
  maxExamples: count.optional().describe('Only the first so many. Default: all.'),
};

/** How answers are sampled: the reference's defaults, except that answers go as far as the model's context does. */
export const answerShape = {
  maxTokens: count
    .optional()
    .describe(
      "The longest answer; one that is cut counts as wrong. Default: up to the model's context limit.",
    ),
  temperature: z.number().min(0).default(0.6),
  numSamples: count.default(1).describe('Answers per example; more than one gives pass@k.'),
  concurrency: count.default(64).describe('Examples that are sampled side by side.'),
  timeoutSeconds: z.number().positive().default(300).describe('For one example; beyond it, it is an error.'),
};

const answers = z.object(answerShape);
export type AnswerOptions = z.output<typeof answers>;
const data = z.object(dataShape);
export type DataOptions = z.output<typeof data>;
