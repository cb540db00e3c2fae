/** Words to spell backwards. Reward 1 for the right answer, 0 otherwise. */
import { type Env, type EnvGroupBuilder, type Environment, type EnvironmentOptions, type Renderer, textOf } from '@tinsmith/core';
import { z } from 'zod';

const BATCHES = 100;
const options = z.strictObject({ letters: z.int().min(2).default(4) });

export const {{camel}}: Environment = {
  specification: 'v1',
  options,

  createDataset({ renderer, groupSize, groupsPerBatch, seed, options: own }: EnvironmentOptions) {
    const { letters } = own as z.output<typeof options>;
    // Everything follows from the seed and the index: a resumed run meets the same problems.
    const problem = (batch: number, index: number): EnvGroupBuilder => {
      const word = wordOf((seed * BATCHES + batch) * groupsPerBatch + index, letters);
      return {
        tags: ['{{short}}'],
        makeEnvs: () => Array.from({ length: groupSize }, () => backwards(word, renderer)),
      };
    };
    return {
      train: {
        length: BATCHES,
        getBatch: batch => Array.from({ length: groupsPerBatch }, (_, index) => problem(batch, index)),
      },
    };
  },
};

/** One attempt: a question, an answer, done. */
function backwards(word: string, renderer: Renderer): Env {
  const question = `Spell ${word} backwards.`;
  const expected = Array.from(word).reverse().join('');
  return {
    initialObservation: () => ({
      input: renderer.buildGenerationPrompt([{ role: 'user', content: question }]),
      stop: renderer.stopSequences,
    }),
    step({ tokens }) {
      const answer = textOf(renderer.parseResponse(tokens).message).trim();
      const correct = answer === expected ? 1 : 0;
      return { reward: correct, episodeDone: true, metrics: { correct }, logs: { question, answer, expected } };
    },
  };
}

/** A made-up word: the digits of a scrambled number in base 26. */
function wordOf(index: number, letters: number): string {
  let state = Math.imul(index + 1, 2654435761) >>> 0;
  return Array.from({ length: letters }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return String.fromCharCode(97 + Math.floor((state / 2 ** 32) * 26));
  }).join('');
}
