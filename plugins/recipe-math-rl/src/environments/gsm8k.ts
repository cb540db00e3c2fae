/** The environment `gsm8k`: questions with a number for an answer, from GSM8K or from any data in its form. */
import type { Environment, Row, RowSource, Rows } from '@tinsmith/core';
import { extractGsm8kAnswer } from '@tinsmith/grader-math';
import { z } from 'zod';
import { attempt, boxedEnvironment, boxedShape } from './boxed.js';

export const gsm8kOptions = z.strictObject({
  dataset: z
    .string()
    .default('openai/gsm8k')
    .describe('Rows with question and answer, which ends with #### 42.'),
  datasetConfig: z.string().nullable().default('main').describe('null: the data set has no configurations.'),
  trainSplit: z.string().default('train'),
  testSplit: z.string().nullable().default('test').describe('What is evaluated; null: nothing.'),
  testSize: z
    .int()
    .min(0)
    .default(0)
    .describe('Problems of the train split to keep for the test instead of a split; 0: none.'),
  ...boxedShape,
});

export function gsm8k(rows: RowSource): Environment & AsyncDisposable {
  return boxedEnvironment(
    {
      options: gsm8kOptions,
      tag: 'problems',
      ask: problemOf,
      async open(source, own, { groupsPerBatch, seed }) {
        const config = own.datasetConfig ?? undefined;
        const batches = (from: Rows) => from.batches({ size: groupsPerBatch, partial: 'keep' }).table();
        const request = { source: own.dataset, config };
        const train = (await source.open({ ...request, split: own.trainSplit })).shuffle({ seed });
        if (own.testSize > 0) {
          return {
            train: await batches(train.skip(own.testSize)),
            test: await batches(train.take(own.testSize)),
          };
        }
        const test =
          own.testSplit === null ? undefined : await source.open({ ...request, split: own.testSplit });
        return { train: await batches(train), test: test && (await batches(test)) };
      },
    },
    rows,
  );
}

function problemOf({ question, answer }: Row) {
  const expected = typeof answer === 'string' ? attempt(() => extractGsm8kAnswer(answer)) : undefined;
  return typeof question === 'string' && expected !== undefined ? { question, expected } : undefined;
}
