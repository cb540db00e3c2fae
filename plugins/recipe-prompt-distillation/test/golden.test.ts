/** Labels and names of runs against the reference's. */
import { expect } from 'vitest';
import { testGoldenRows } from '../../../packages/training/test/golden.js';
import { promptDistillation } from '../src/prompt-distillation.js';
import { firstMatch } from '../src/question.js';

const preset = (await import(String(new URL('../presets/reference.mjs', import.meta.url)))) as {
  readonly default: { readonly recipe: { readonly with: { readonly create: { readonly answer: string } } } };
};
const { answer } = preset.default.recipe.with.create;

testGoldenRows<{ response: string }, { label: string | null }>(
  'environments',
  'distillation_label',
  ({ input: { response }, expected }) => {
    expect(firstMatch(response, new RegExp(answer, 'u'))?.label ?? null).toBe(expected.label);
  },
);

interface NameInput {
  readonly recipe: string;
  readonly config: Readonly<Record<string, unknown>>;
}

const camelCase = (key: string) => key.replace(/_(\w)/g, (_, letter: string) => letter.toUpperCase());

testGoldenRows<NameInput, { log_path: string }>(
  'checkpoints_logs',
  'run_name',
  ({ input: { config }, expected }) => {
    const options = Object.fromEntries(Object.entries(config).map(([key, value]) => [camelCase(key), value]));
    const name = promptDistillation.runName!(options as never, { seed: 0 });
    const [, expectedName] = /\/prompt_distillation\/(.*)-\d{4}-\d\d-\d\d-\d\d-\d\d$/.exec(
      expected.log_path,
    )!;
    expect(name).toBe(expectedName);
  },
  ({ recipe }) => recipe !== 'prompt_distillation',
);
