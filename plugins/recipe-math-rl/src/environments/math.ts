/**
 * The environment `math`: competition problems of MATH (Hendrycks), without those of MATH-500, which are the test. Two problems
 * are the same when their texts are exactly the same: 12,000 rows are left of the full data.
 */
import type { Environment, Row, RowSource } from '@tinsmith/core';
import { tableOrder } from '@tinsmith/training';
import { z } from 'zod';
import { type Batches, boxedEnvironment, boxedShape, lastBoxed, textOfField } from './boxed.js';

/** In the order in which the hub lists them, which the shuffle starts from. */
const SUBJECTS = [
  'algebra',
  'counting_and_probability',
  'geometry',
  'intermediate_algebra',
  'number_theory',
  'prealgebra',
  'precalculus',
];

const names = z.array(z.string()).min(1);

export const mathOptions = z.strictObject({
  dataset: z
    .string()
    .default('EleutherAI/hendrycks_math')
    .describe('Rows with problem and solution, whose last \\boxed{} is the answer.'),
  datasetConfigs: names.default(SUBJECTS).describe('Configurations that are trained on.'),
  trainSplits: names.default(['train', 'test']).describe('Splits of each that are trained on.'),
  testDataset: z
    .string()
    .default('HuggingFaceH4/MATH-500')
    .describe('What is evaluated, and left out of training.'),
  testSplit: z.string().default('test'),
  ...boxedShape,
});

export function math(rows: RowSource): Environment & AsyncDisposable {
  return boxedEnvironment(
    {
      options: mathOptions,
      tag: 'problems',
      ask: problemOf,
      async open(source, own, { groupsPerBatch, seed }) {
        const test = await collect(await source.open({ source: own.testDataset, split: own.testSplit }));
        const heldOut = new Set(test.map(row => row['problem']));
        const all: Row[] = [];
        for (const config of own.datasetConfigs) {
          for (const split of own.trainSplits) {
            const part = await source.open({ source: own.dataset, config, split });
            all.push(...(await collect(part)).filter(row => !heldOut.has(row['problem'])));
          }
        }
        const train = Array.from(tableOrder(all.length, seed), place => all[place]!);
        return { train: inBatches(train, groupsPerBatch), test: inBatches(test, groupsPerBatch) };
      },
    },
    rows,
  );
}

/** Some ten megabytes of text on the full data, which have to be compared with the test in any case. */
async function collect(rows: AsyncIterable<Row>): Promise<Row[]> {
  const all: Row[] = [];
  for await (const row of rows) all.push(row);
  return all;
}

const inBatches = (rows: readonly Row[], size: number): Batches => ({
  length: Math.ceil(rows.length / size),
  at: index => rows.slice(index * size, (index + 1) * size),
});

function problemOf(row: Row) {
  const question = textOfField(row, 'problem');
  const expected = lastBoxed(textOfField(row, 'solution') ?? '');
  return question !== undefined && expected !== undefined ? { question, expected } : undefined;
}
