/** GSM8K: the number that an answer ends with, compared as a number (cookbook-recipes, section 20). */
import type { Row, RowSource } from '@tinsmith/core';
import { ExtractionError, extractBoxed, extractGsm8kAnswer } from '@tinsmith/grader-math';
import { z } from 'zod';
import { answerShape, dataShape } from '../answers/options.js';
import { beginning, exampleId, type Grade } from '../answers/task.js';
import { promptMessages, systemPrompt } from './prompt.js';
import { collect, openRows, textField } from './rows.js';
import { type Task } from './task-evaluator.js';

export const gsm8kOptions = z.strictObject({
  name: z.string().default('gsm8k').describe('For metrics and files.'),
  dataset: z.string().default('openai/gsm8k').describe('Rows with question and answer.'),
  ...dataShape,
  datasetConfig: dataShape.datasetConfig.default('main').describe('null: the data set has none.').nullable(),
  split: z.string().nullable().default('test'),
  ...answerShape,
  systemPrompt,
});

export function gsm8k(
  {
    name,
    dataset,
    datasetConfig,
    split,
    maxExamples,
    systemPrompt: system,
    ...options
  }: z.output<typeof gsm8kOptions>,
  rows: RowSource | undefined,
): Task {
  return {
    name,
    options,
    async read() {
      const place = { source: dataset, config: datasetConfig ?? undefined, split: split ?? undefined };
      const opened = await openRows<Row>(rows, place, (source, request) =>
        source.open({ ...request, columns: ['question', 'answer'] }),
      );
      return (await collect(opened, { maxExamples })).map(row => {
        const question = textField(row, 'question');
        const expected = extractGsm8kAnswer(textField(row, 'answer'));
        return {
          id: exampleId('gsm8k', question),
          messages: promptMessages(question, system),
          grade: (answer: string) => gradeNumber(answer, expected),
        };
      });
    },
  };
}

/** Nearer than this is equal, as in the reference. */
const TOLERANCE = 1e-5;

export function gradeNumber(answer: string, expected: string): Grade {
  const extracted = finalNumber(answer);
  const [given, wanted] = [Number(extracted), Number(expected.replaceAll(',', ''))];
  const areNumbers = Number.isFinite(given) && Number.isFinite(wanted);
  const isEqual =
    extracted !== '' && (areNumbers ? Math.abs(given - wanted) < TOLERANCE : extracted === expected.trim());
  const correct = isEqual ? 1 : 0;
  return {
    reward: correct,
    metrics: { correct },
    logs: { expected, extracted, output: beginning(answer, 500) },
  };
}

/**
 * The number in `\boxed{}`; else after `####`; else after "answer is" or "answer:"; else the last one in bold; else the last one.
 * Empty if there is none.
 */
export function finalNumber(text: string): string {
  const boxed = boxedText(text);
  if (boxed) return firstNumber(boxed);
  const marked = /####\s*(.+)/.exec(text)?.[1];
  if (marked !== undefined) return firstNumber(marked);
  const said = /(?:answer is|answer:)\s*\$?([0-9,.-]*[0-9])/i.exec(text)?.[1];
  if (said !== undefined) return said.replaceAll(',', '');
  const bold = [...text.matchAll(/\*\*\$?(-?\d[\d,]*(?:\.\d+)?)/g)].at(-1)?.[1];
  const last = bold ?? text.match(/-?\d[\d,]*(?:\.\d+)?/g)?.at(-1);
  return last?.replaceAll(',', '') ?? '';
}

function boxedText(text: string): string | undefined {
  try {
    return extractBoxed(text);
  } catch (error) {
    if (error instanceof ExtractionError) return undefined;
    throw error;
  }
}

/** Without LaTeX, currency and separators. */
function firstNumber(text: string): string {
  const plain = text
    .replaceAll(/\\text\{[^}]*\}/g, '')
    .replaceAll(/\\[a-zA-Z]+/g, '')
    .replaceAll(/[{}$,\s]/g, '');
  return /-?\d+(?:\.\d+)?|-?\.\d+/.exec(plain)?.[0] ?? plain;
}
