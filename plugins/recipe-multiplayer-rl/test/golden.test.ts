/** Rules, texts, numbers and names of runs against the reference's results. */
import type { Message } from '@tinsmith/core';
import { expect } from 'vitest';
import { testGoldenRows } from '../../../packages/training/test/golden.js';
import { guessNumber } from '../src/guess-number.js';
import { guessNumberGame, splitNumbers } from '../src/guess-number-game.js';
import { twentyQuestions } from '../src/twenty-questions.js';
import { twentyQuestionsGame } from '../src/twenty-questions-game.js';

const RULES = { upperBound: 1024, maxTurns: 10, playerRole: 'player' } as const;

interface GuessNumberResult {
  readonly steps: readonly { readonly reply: string; readonly reward: number; readonly done: boolean }[];
  readonly total: number;
  /** Only their roles when they are many. */
  readonly final_messages: readonly (Message | string)[];
}

testGoldenRows<{ target: number; moves: readonly string[] }, GuessNumberResult>(
  'environments',
  'guess_number',
  async ({ input: { target, moves }, expected }) => {
    const game = guessNumberGame(target, RULES);
    const steps: GuessNumberResult['steps'][number][] = [];
    for (const content of moves) {
      const { reward, episodeDone, logs } = await game.step({ role: 'assistant', content });
      steps.push({ reply: String(logs!['feedback']), reward, done: episodeDone });
      if (episodeDone) break;
    }
    expect(steps).toEqual(expected.steps);
    expect(steps.reduce((sum, { reward }) => sum + reward, 0)).toBe(expected.total);
    const messages = await game.initialMessages();
    const isWhole = typeof expected.final_messages[0] !== 'string';
    expect(isWhole ? messages : messages.map(({ role }) => role)).toEqual(expected.final_messages);
  },
);

testGoldenRows<{ train_fraction: number }, { train: number[]; test: number[] }>(
  'environments',
  'guess_number_split',
  ({ input, expected }) => {
    const { train, test } = splitNumbers(RULES.upperBound, input.train_fraction);
    expect({ train, test }).toMatchObject({ train: expected.train, test: expected.test });
  },
);

interface TwentyQuestionsResult {
  readonly steps: readonly { readonly reward: number; readonly done: boolean }[];
  readonly answerer_message_counts: readonly number[];
  readonly answerer_last: Message;
  readonly player_roles: readonly string[];
}

testGoldenRows<{ word: string; moves: readonly string[]; answers: readonly string[] }, TwentyQuestionsResult>(
  'environments',
  'twenty_questions',
  async ({ input: { word, moves, answers }, expected }) => {
    const asked: (readonly Message[])[] = [];
    const game = twentyQuestionsGame(word, async messages => {
      asked.push(messages);
      return { role: 'assistant', content: answers[(asked.length - 1) % answers.length]! };
    });
    const steps: { reward: number; done: boolean }[] = [];
    for (const content of moves) {
      const { reward, episodeDone } = await game.step({ role: 'assistant', content });
      steps.push({ reward, done: episodeDone });
      if (episodeDone) break;
    }
    expect(steps).toEqual(expected.steps);
    expect(asked.map(messages => messages.length)).toEqual(expected.answerer_message_counts);
    expect(asked.at(-1)!.at(-1)).toEqual(expected.answerer_last);
    expect((await game.initialMessages()).map(({ role }) => role)).toEqual(expected.player_roles);
  },
);

interface NameInput {
  readonly recipe: string;
  readonly config: Readonly<Record<string, unknown>>;
}

const recipes = {
  guess_number: { recipe: guessNumber, folder: 'guess-number' },
  twenty_questions: { recipe: twentyQuestions, folder: 'twenty-questions-rl' },
};
const isOurs = (recipe: string): recipe is keyof typeof recipes => recipe in recipes;
const camelCase = (key: string) => key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

testGoldenRows<NameInput, { log_path: string }>(
  'checkpoints_logs',
  'run_name',
  ({ input: { recipe, config }, expected }) => {
    if (!isOurs(recipe)) return;
    const options = Object.fromEntries(Object.entries(config).map(([key, value]) => [camelCase(key), value]));
    const name = recipes[recipe].recipe.runName!(options as never, { seed: 0 });
    const prefix = `LOGROOT/${recipes[recipe].folder}/`;
    expect(expected.log_path.startsWith(prefix)).toBe(true);
    // Deviation: the slash of a model's name becomes a dash, as in the Cookbook's other recipes; there it nests the run's folder.
    const reference = expected.log_path.slice(prefix.length).replaceAll('/', '-');
    expect(name).toBe(reference.replace(/-\d{4}-\d\d-\d\d-\d\d-\d\d$/, ''));
  },
  ({ recipe }) => !isOurs(recipe),
);
