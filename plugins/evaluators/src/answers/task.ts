/** A task: examples to answer, each with a grader. Knows nothing of models. */
import { createHash } from 'node:crypto';
import type { Message, Metrics } from '@tinsmith/core';

export interface Grade {
  /** Right if above 0. */
  readonly reward: number;
  readonly metrics: Metrics;
  readonly logs: Readonly<Record<string, string | number>>;
}

/** What the model said, without what it thought. */
export type GradeAnswer = (answer: string) => Grade | Promise<Grade>;

export interface TaskExample {
  /** Follows from the content. Two examples of the same content are told apart by their order. */
  readonly id: string;
  readonly messages: readonly Message[];
  readonly grade: GradeAnswer;
}

/** As the reference names its examples, so that files of both can be compared. */
export const exampleId = (task: string, content: string): string =>
  `${task}_${createHash('md5').update(content).digest('hex').slice(0, 12)}`;

/** Examples of the same content keep their own results. */
export function withDistinctIds(examples: readonly TaskExample[]): TaskExample[] {
  const seen = new Map<string, number>();
  return examples.map(example => {
    const count = (seen.get(example.id) ?? 0) + 1;
    seen.set(example.id, count);
    return count === 1 ? example : { ...example, id: `${example.id}-${count}` };
  });
}

/** For logs, which are read by people. */
export const beginning = (text: string, length = 200): string =>
  text.length > length ? `${text.slice(0, length)}…` : text;
