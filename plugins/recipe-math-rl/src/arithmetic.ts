/** The environment `arithmetic`: sums of two numbers up to 100. The same problems as the Cookbook's. */
import type { Environment, EnvironmentOptions, Message } from '@tinsmith/core';
import type { NumpyRandomState, Problem } from '@tinsmith/training';
import { asciiDigits } from '@tinsmith/training/options';
import { z } from 'zod';

const BATCHES = 100;
const LARGEST = 100;
const EXAMPLES: readonly Message[] = [
  { role: 'user', content: 'What is 4 + 5?' },
  { role: 'assistant', content: '9' },
];

type Pair = [x: number, y: number];

const options = z.strictObject({
  fewShot: z.boolean().default(true).describe('Show one solved sum in front of each question.'),
});

export const arithmetic: Environment = {
  specification: 'v1',
  options,

  async createDataset({ renderer, groupSize, groupsPerBatch, options: own }: EnvironmentOptions) {
    const { NumpyRandomState, problemGroup } = await import('@tinsmith/training');
    const { fewShot } = own as z.output<typeof options>;
    const sum = (pair: Pair) =>
      problemGroup(sumProblem(pair, { fewShot }), { renderer, groupSize, tags: ['arithmetic'] });

    const getBatch = (index: number) => drawPairs(new NumpyRandomState(index), groupsPerBatch).map(sum);
    return { train: { length: BATCHES, getBatch } };
  },
};

/** `What is x + y?` */
export function sumProblem([x, y]: Pair, { fewShot }: z.output<typeof options>): Problem {
  return {
    question: `What is ${x} + ${y}?`,
    expected: String(x + y),
    examples: fewShot ? EXAMPLES : [],
    isCorrect: answer => lastInteger(answer) === BigInt(x + y),
  };
}

/** The pairs of a batch follow from its index, which is the seed, alone: a resumed run meets the same problems. */
export function drawPairs(random: NumpyRandomState, count: number): Pair[] {
  const draw = () => random.integer(0, LARGEST + 1);
  return Array.from({ length: count }, () => [draw(), draw()]);
}

/**
 * The last whole number in a text, commas aside; undefined without one. A minus right before the digits is
 * its sign, and digits of any script count, as in the reference.
 */
export function lastInteger(text: string): bigint | undefined {
  const number = text
    .replaceAll(',', '')
    .match(/-?\p{Nd}+/gu)
    ?.at(-1);
  return number === undefined ? undefined : BigInt(asciiDigits(number));
}
