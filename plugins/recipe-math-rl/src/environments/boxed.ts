/**
 * Problems from rows of a data set whose answers are graded as mathematics: the prompt, the order of the rows and the reward
 * that the Cookbook's `math`, `gsm8k`, `polaris` and `deepmath` share. Knows nothing about where the rows are.
 */
import {
  type Environment,
  type EnvGroupBuilder,
  type EnvironmentOptions,
  type Message,
  type RlDataset,
  type Row,
  type RowSource,
} from '@tinsmith/core';
import { createGrader, extractBoxed } from '@tinsmith/grader-math';
import { lastNumber, type Problem, problemGroup } from '@tinsmith/training';
import { z } from 'zod';

/** What every such environment can be told. */
export const boxedShape = {
  fewShot: z.boolean().default(true).describe('Show a solved problem in front of each question.'),
  boxed: z
    .boolean()
    .default(true)
    .describe('Ask for the answer in \\boxed{}. false: the last number of an answer counts.'),
  requireStopSequence: z
    .boolean()
    .default(true)
    .describe(
      "false: an answer may end with the model's end of text instead of the renderer's stop sequence.",
    ),
  formatCoef: z.number().min(0).default(0.1).describe('What a malformed answer costs.'),
};

const boxedOptions = z.object(boxedShape);
export type BoxedOptions = z.output<typeof boxedOptions>;

/** A question and its answer. Undefined: the row is no problem and is passed over. */
export type Ask = (row: Row) => { readonly question: string; readonly expected: string } | undefined;

/** Rows whose number is known, the same row for the same place. */
export interface Batches {
  readonly length: number;
  at(index: number): Promise<readonly Row[]> | readonly Row[];
}

export interface ProblemRows {
  readonly train: Batches;
  readonly test?: Batches | undefined;
}

export interface BoxedEnvironment<O extends BoxedOptions> {
  readonly options: z.ZodType<O>;
  /** The name that metrics are split by. */
  readonly tag: string;
  readonly ask: Ask;
  /** Batches of `groupsPerBatch` rows, the training rows shuffled by the seed. */
  readonly open: (rows: RowSource, own: O, context: EnvironmentOptions) => Promise<ProblemRows>;
}

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

/** Test problems are tried once each. Owns the thread that grades: dispose of it. */
export function boxedEnvironment<O extends BoxedOptions>(
  { options: schema, tag, ask, open }: BoxedEnvironment<O>,
  rows: RowSource,
): Environment & AsyncDisposable {
  const grader = createGrader();

  const toProblem = (row: Row, { fewShot, boxed }: O): Problem | undefined => {
    const asked = ask(row);
    if (asked === undefined) return undefined;
    const { question, expected } = asked;
    const given = boxed ? lastBoxed : lastNumber;
    return {
      question: boxed ? question + SUFFIX : question,
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
    options: schema,

    async createDataset(context) {
      const own = context.options as O;
      const { renderer, groupSize } = context;
      const { requireStopSequence, formatCoef } = own;
      const rules = { renderer, tags: [tag], requireStopSequence, formatCoef };
      /** A batch is smaller by the rows that are no problems. */
      const toDataset = (batches: Batches, size: number): RlDataset => {
        const toGroup = (row: Row): EnvGroupBuilder[] => {
          const problem = toProblem(row, own);
          return problem ? [problemGroup(problem, { ...rules, groupSize: size })] : [];
        };
        return {
          length: batches.length,
          getBatch: async index => (await batches.at(index)).flatMap(toGroup),
        };
      };
      const { train, test } = await open(rows, own, context);
      return { train: toDataset(train, groupSize), test: test && toDataset(test, 1) };
    },

    [Symbol.asyncDispose]: () => grader.dispose(),
  };
}

/** Undefined for a text without an answer in a box. */
export const lastBoxed = (text: string): string | undefined => attempt(() => extractBoxed(text));

/** Undefined for what has no answer in it. */
export function attempt(extract: () => string): string | undefined {
  try {
    return extract();
  } catch {
    return undefined;
  }
}

/** A field that is a text and not empty. */
export function textOfField(row: Row, field: string): string | undefined {
  const value = row[field];
  return typeof value === 'string' && value !== '' ? value : undefined;
}
