/** The environment and the names of runs against the reference's results. */
import { NumpyRandomState } from '@tinsmith/training';
import { expect } from 'vitest';
import { testGoldenRows } from '../../../packages/training/test/golden.js';
import { drawPairs, lastInteger } from '../src/arithmetic.js';
import { mathRl } from '../src/math-rl.js';

testGoldenRows<{ batch_index: number; batch_size: number }, { pairs: [number, number][] }>(
  'environments',
  'arithmetic_batch',
  ({ input, expected }) =>
    expect(drawPairs(new NumpyRandomState(input.batch_index), input.batch_size)).toEqual(expected.pairs),
);

testGoldenRows<{ text: string }, { value: string | null }>(
  'environments',
  'arithmetic_extract',
  ({ input, expected }) => expect(lastInteger(input.text)?.toString() ?? null).toBe(expected.value),
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
    const name = mathRl.runName!(options as never, { seed: config.seed });
    const [, expectedName] = /\/math_rl\/(.*)-\d{4}-\d\d-\d\d-\d\d-\d\d$/.exec(expected.log_path)!;
    expect(name).toBe(expectedName);
  },
  ({ recipe }) => recipe !== 'math_rl',
);
