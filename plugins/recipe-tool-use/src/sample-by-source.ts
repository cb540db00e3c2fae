/** The questions of an evaluation: so many of each source, the same for the same seed as in the Cookbook. */
import type { Rows } from '@tinsmith/core';
import { PythonRandom } from '@tinsmith/training';
import { questionOf, type Question } from './questions.js';

/** All of a source that has no more than `maxEvalSamples`. */
export async function sampleBySource(
  rows: Rows,
  { maxEvalSamples, sampleSeed }: { readonly maxEvalSamples: number; readonly sampleSeed: number },
): Promise<readonly Question[]> {
  const bySource = new Map<string, Question[]>();
  for await (const row of rows) {
    const question = questionOf(row);
    const others = bySource.get(question.source);
    if (others) others.push(question);
    else bySource.set(question.source, [question]);
  }
  const random = new PythonRandom(sampleSeed);
  return [...bySource.values()].flatMap(questions =>
    questions.length <= maxEvalSamples ? questions : random.sample(questions, maxEvalSamples),
  );
}
