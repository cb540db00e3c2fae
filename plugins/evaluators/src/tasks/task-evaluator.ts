/** An evaluator over a task: reads the examples once, samples and grades them whenever it is asked. */
import type { Evaluator } from '@tinsmith/core';
import { summarise, summaryMetrics } from '@tinsmith/training';
import type { AnswerOptions } from '../answers/options.js';
import { sampleAndGrade } from '../answers/sample-and-grade.js';
import { type TaskExample, withDistinctIds } from '../answers/task.js';

export interface Task {
  readonly name: string;
  readonly options: AnswerOptions;
  readonly read: () => Promise<readonly TaskExample[]>;
}

export function taskEvaluator({ name, options, read }: Task): Evaluator {
  let known: readonly TaskExample[] | undefined;
  return {
    name,
    async evaluate(context) {
      known ??= withDistinctIds(await read());
      const examples = await sampleAndGrade(known, context, options);
      return { examples, metrics: summaryMetrics(name, summarise(examples)) };
    },
  };
}
