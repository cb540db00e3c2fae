/** The names of runs against the reference's. */
import { expect } from 'vitest';
import { testGoldenRows } from '../../../packages/training/test/golden.js';
import { chatSl } from '../src/chat-sl.js';

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
    const name = chatSl.runName!(options as never, { seed: 0 });
    const [, expectedName] = /\/chat_sl\/(.*)-\d{4}-\d\d-\d\d-\d\d-\d\d$/.exec(expected.log_path)!;
    expect(name).toBe(expectedName);
  },
  ({ recipe }) => recipe !== 'chat_sl',
);
