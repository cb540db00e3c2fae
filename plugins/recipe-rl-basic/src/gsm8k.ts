/**
 * The environment `gsm8k`: questions with a number for an answer, from GSM8K or from any data in its form. The prompt, the
 * order and the reward are the Cookbook's.
 */
import {
  type Environment,
  type EnvGroupBuilder,
  type Message,
  type RlDataset,
  type Row,
  type Rows,
  type RowSource,
} from '@tinsmith/core';
import { createGrader, extractBoxed, extractGsm8kAnswer } from '@tinsmith/grader-math';
import { lastNumber, type Problem, problemGroup } from '@tinsmith/training';
import { z } from 'zod';

export const gsm8kOptions = z.strictObject({
  dataset: z
    .string()
    .default('openai/gsm8k')
    .describe('Rows with question and answer, which ends with #### 42.'),
  datasetConfig: z.string().nullable().default('main').describe('null: the data set has no configurations.'),
  trainSplit: z.string().default('train'),
  testSplit: z.string().nullable().default('test').describe('What is evaluated; null: nothing.'),
  testSize: z
    .int()
    .min(0)
    .default(0)
    .describe('Problems of the train split to keep for the test instead of a split; 0: none.'),
  fewShot: z.boolean().default(true).describe('Show a solved problem in front of each question.'),
  boxed: z
    .boolean()
    .default(true)
    .describe('Ask for the answer in \\boxed{}. false: the last number of an answer counts.'),
});

type Gsm8kOptions = z.output<typeof gsm8kOptions>;

const SUFFIX = ' Write your answer in \\boxed{} format.';
const SOLVED: readonly Message[] = [
  { role: 'user', content: `How many r's are in strawberry?${SUFFIX}` },
  {
    role: 'assistant',
    content:
      "Let's spell the word out and number all the letters: 1) s 2) t 3) r 4) a 5) w 6) b 7) e 8) r 9) r 10) y. " +
      "We have r's at positions 3, 8, and 9. \\boxed{3}",
  },
];

/** Owns the thread that grades: dispose of it. */
export function gsm8k(rows: RowSource): Environment & AsyncDisposable {
  const grader = createGrader();

  const toProblem = (row: Row, { fewShot, boxed }: Gsm8kOptions): Problem | undefined => {
    const expected = finalAnswer(row['answer']);
    if (typeof row['question'] !== 'string' || expected === undefined) return undefined;
    const given = boxed ? lastBoxed : lastNumber;
    return {
      question: boxed ? row['question'] + SUFFIX : row['question'],
      expected,
      examples: fewShot ? SOLVED : [],
      hasFormat: text => given(text) !== undefined,
      async isCorrect(text) {
        const answer = given(text);
        return answer !== undefined && (await grader.grade(answer, expected)).equal;
      },
    };
  };

  return {
    specification: 'v1',
    options: gsm8kOptions,

    async createDataset({ renderer, groupSize, groupsPerBatch, seed, options }) {
      const own = options as Gsm8kOptions;
      const { dataset: source, datasetConfig, trainSplit, testSplit, testSize } = own;
      const config = datasetConfig ?? undefined;
      /** Rows without a question or a final answer are passed over, so that a batch can be smaller. */
      const toDataset = async (from: Rows, size: number): Promise<RlDataset> => {
        const batches = await from.batches({ size: groupsPerBatch, partial: 'keep' }).table();
        const toGroup = (row: Row): EnvGroupBuilder[] => {
          const problem = toProblem(row, own);
          return problem ? [problemGroup(problem, { renderer, groupSize: size, tags: ['problems'] })] : [];
        };
        return {
          length: batches.length,
          getBatch: async index => (await batches.at(index)).flatMap(toGroup),
        };
      };

      const train = (await rows.open({ source, config, split: trainSplit })).shuffle({ seed });
      if (testSize > 0) {
        return {
          train: await toDataset(train.skip(testSize), groupSize),
          test: await toDataset(train.take(testSize), 1),
        };
      }
      const test = testSplit === null ? undefined : await rows.open({ source, config, split: testSplit });
      return { train: await toDataset(train, groupSize), test: test && (await toDataset(test, 1)) };
    },

    [Symbol.asyncDispose]: () => grader.dispose(),
  };
}

function finalAnswer(solution: unknown): string | undefined {
  return typeof solution === 'string' ? attempt(() => extractGsm8kAnswer(solution)) : undefined;
}

const lastBoxed = (text: string) => attempt(() => extractBoxed(text));

/** Undefined for what has no answer in it. */
function attempt(extract: () => string): string | undefined {
  try {
    return extract();
  } catch {
    return undefined;
  }
}
