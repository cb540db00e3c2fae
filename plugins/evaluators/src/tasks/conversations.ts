/** Conversations of one's own: the last answer of each is what is expected, the model answers what stands before it. */
import {
  type Conversation,
  type Message,
  originOf,
  type RowSource,
  textOf,
  TinsmithError,
} from '@tinsmith/core';
import type { Grader } from '@tinsmith/grader-math';
import { z } from 'zod';
import { answerShape, dataShape } from '../answers/options.js';
import { beginning, exampleId, type Grade } from '../answers/task.js';
import { gradeNumber } from './gsm8k.js';
import { gradeBoxed } from './math500.js';
import { collect, openRows } from './rows.js';
import type { Task } from './task-evaluator.js';

export const conversationTaskOptions = z.strictObject({
  name: z.string().default('conversations').describe('For metrics and files.'),
  dataset: z
    .string()
    .describe('A hub id, a folder or a file; rows with messages, the last one the expected answer.'),
  ...dataShape,
  ...answerShape,
  grade: z
    .enum(['exact', 'contains', 'number', 'boxed'])
    .default('exact')
    .describe(
      'exact: the same text; contains: the expected text is in the answer; number: the same final number; boxed: equal as mathematics.',
    ),
});

/** `grader` belongs to the caller. */
export function conversationTask(
  {
    name,
    dataset,
    datasetConfig,
    split,
    maxExamples,
    grade,
    ...options
  }: z.output<typeof conversationTaskOptions>,
  rows: RowSource | undefined,
  grader: Pick<Grader, 'grade'>,
): Task {
  return {
    name,
    options,
    async read() {
      const place = { source: dataset, config: datasetConfig, split };
      const opened = await openRows<Conversation>(rows, place, (source, request) =>
        source.conversations(request),
      );
      return (await collect(opened, { maxExamples })).map(conversation => {
        const { messages } = conversation;
        const expected = expectedAnswer(messages, originOf(conversation) ?? dataset);
        return {
          id: exampleId(name, JSON.stringify(messages)),
          messages: messages.slice(0, -1),
          grade: (answer: string) => graders[grade](answer, expected, grader),
        };
      });
    },
  };
}

function expectedAnswer(messages: readonly Message[], place: string): string {
  const last = messages.at(-1);
  if (last?.role === 'assistant' && messages.length > 1) return textOf(last).trim();
  throw new TinsmithError({
    code: 'EVALUATION_DATA_INVALID',
    message: 'the last message must be the expected answer of the assistant, after a question',
    at: `${place} messages[${messages.length - 1}].role`,
    found: messages.length > 1 ? `role ${last?.role}` : 'one message',
  });
}

type GradeAgainst = (
  answer: string,
  expected: string,
  grader: Pick<Grader, 'grade'>,
) => Grade | Promise<Grade>;

const byText =
  (isRight: (answer: string, expected: string) => boolean): GradeAgainst =>
  (answer, expected) => {
    const correct = isRight(answer.trim(), expected) ? 1 : 0;
    return {
      reward: correct,
      metrics: { correct },
      logs: { expected: beginning(expected), output: beginning(answer, 500) },
    };
  };

const graders: Readonly<Record<'exact' | 'contains' | 'number' | 'boxed', GradeAgainst>> = {
  exact: byText((answer, expected) => answer === expected),
  contains: byText((answer, expected) => answer.includes(expected)),
  number: (answer, expected) => gradeNumber(answer, expected),
  boxed: gradeBoxed,
};
