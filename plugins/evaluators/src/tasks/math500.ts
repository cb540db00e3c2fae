/** MATH-500: the boxed answer, compared as mathematics by `@tinsmith/grader-math`. */
import { type Row, type RowSource } from '@tinsmith/core';
import { ExtractionError, extractBoxed, type Grader } from '@tinsmith/grader-math';
import { z } from 'zod';
import { answerShape, dataShape } from '../answers/options.js';
import { beginning, exampleId, type Grade } from '../answers/task.js';
import { BOXED, promptMessages, systemPrompt } from './prompt.js';
import { collect, openRows, textField } from './rows.js';
import type { Task } from './task-evaluator.js';

export const math500Options = z.strictObject({
  name: z.string().default('math500').describe('For metrics and files.'),
  dataset: z.string().default('HuggingFaceH4/MATH-500').describe('Rows with problem and solution.'),
  ...dataShape,
  split: z.string().nullable().default('test'),
  ...answerShape,
  systemPrompt,
});

/** `grader` belongs to the caller. */
export function math500(
  {
    name,
    dataset,
    datasetConfig,
    split,
    maxExamples,
    systemPrompt: system,
    ...options
  }: z.output<typeof math500Options>,
  rows: RowSource | undefined,
  grader: Pick<Grader, 'grade'>,
): Task {
  return {
    name,
    options,
    async read() {
      const place = { source: dataset, config: datasetConfig, split: split ?? undefined };
      const opened = await openRows<Row>(rows, place, (source, request) =>
        source.open({ ...request, columns: ['problem', 'solution'] }),
      );
      return (await collect(opened, { maxExamples })).flatMap(row => {
        const problem = textField(row, 'problem');
        const expected = boxed(textField(row, 'solution'));
        if (expected === undefined) return []; // as in the reference: without an answer it is no example
        return {
          id: exampleId('math500', problem),
          messages: promptMessages(`${problem} ${BOXED}`, system),
          grade: (answer: string) => gradeBoxed(answer, expected, grader),
        };
      });
    },
  };
}

export async function gradeBoxed(
  answer: string,
  expected: string,
  grader: Pick<Grader, 'grade'>,
): Promise<Grade> {
  const extracted = boxed(answer);
  const verdict = extracted === undefined ? undefined : await grader.grade(extracted, expected);
  const correct = verdict?.equal ? 1 : 0;
  return {
    reward: correct,
    metrics: { correct, has_answer: extracted === undefined ? 0 : 1 },
    logs: {
      expected,
      extracted: beginning(extracted ?? ''),
      ...(verdict && { stage: verdict.stage }),
      output: beginning(answer, 500),
    },
  };
}

function boxed(text: string): string | undefined {
  try {
    return extractBoxed(text);
  } catch (error) {
    if (error instanceof ExtractionError) return undefined;
    throw error;
  }
}
