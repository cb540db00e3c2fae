/** Answers, rewards and names of runs against the reference's results. */
import type { Message } from '@tinsmith/core';
import { expect } from 'vitest';
import { isClose, testGoldenRows } from '../../../packages/training/test/golden.js';
import { gradeAnswer, normaliseAnswer } from '../src/answer.js';
import { searchToolRecipe } from '../src/search-tool.js';

testGoldenRows<{ text: string }, { value: string }>(
  'environments',
  'search_normalize',
  ({ input, expected }) => expect(normaliseAnswer(input.text)).toBe(expected.value),
);

interface RewardInput {
  readonly gold_answers: readonly string[];
  readonly messages: readonly Message[];
  readonly format_coef: number;
}

testGoldenRows<RewardInput, { reward: number; metrics: { format: number; correct: number } }>(
  'environments',
  'search_reward',
  ({ input, expected }) => {
    const options = { goldAnswers: input.gold_answers, formatCoef: input.format_coef };
    const { reward, metrics } = gradeAnswer(input.messages, options);
    expect(isClose(reward, expected.reward)).toBe(true);
    expect(metrics).toEqual(expected.metrics);
  },
);

interface NameInput {
  readonly recipe: string;
  readonly config: Readonly<Record<string, unknown>> & { readonly seed: number };
}

const camelCase = (key: string) => key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

testGoldenRows<NameInput, { log_path: string }>(
  'checkpoints_logs',
  'run_name',
  ({ input: { config }, expected }) => {
    const options = Object.fromEntries(Object.entries(config).map(([key, value]) => [camelCase(key), value]));
    const name = searchToolRecipe.runName!(options as never, { seed: config.seed });
    const [, expectedName] = /\/rl_search\/(.*)-\d{4}-\d\d-\d\d-\d\d-\d\d$/.exec(
      expected.log_path.replace(/_(?=\d{4}-\d\d-\d\d-\d\d-\d\d$)/, '-'),
    )!;
    expect(name).toBe(expectedName);
  },
  ({ recipe }) => recipe !== 'search_tool',
);
