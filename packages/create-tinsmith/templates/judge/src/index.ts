/** Prefers the answer whose length is nearer to the one that is wanted. */
import { definePlugin, judgeBy, Judges, type JudgeSource, type Message, textOf } from '@tinsmith/core';
import { z } from 'zod';

const options = z.strictObject({
  words: z.int().positive().default(20).describe('The best length of an answer.'),
});

const source: JudgeSource = {
  specification: 'v1',
  options,
  create(parsed) {
    const { words } = parsed as z.output<typeof options>;
    const distance = (answer: readonly Message[]) => Math.abs(wordsOf(answer) - words);
    // From -1, A is better, to 1, B is better. A judge that asks somebody else has a `compare` of its own, and hands on `signal`.
    return judgeBy(({ completionA, completionB }) => Math.sign(distance(completionA) - distance(completionB)));
  },
};

const wordsOf = (answer: readonly Message[]) => answer.map(textOf).join(' ').split(/\s+/).filter(Boolean).length;

export default definePlugin({
  name: '{{name}}',
  version: '0.1.0',
  setup({ provide }) {
    provide(Judges, '{{short}}', { create: () => source });
  },
});
