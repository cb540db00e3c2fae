/** Every example runs to its end against the stub server, as its own process. */
import { execFile } from 'node:child_process';
import { readdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startStub } from '../../../tools/peers/stub/stub.mjs';

const folder = fileURLToPath(new URL('../examples/', import.meta.url));
const examples = (await readdir(folder)).filter(name => name.endsWith('.ts'));

test('there are examples', () => expect(examples.length).toBeGreaterThan(0));

test.each(examples)(
  '%s runs against the stub',
  async name => {
    const stub = await startStub();
    try {
      const env = { ...process.env, TINKER_API_KEY: 'tml-example', TINKER_BASE_URL: stub.url };
      // A run before leaves something for the listing to find.
      const run = (file: string) =>
        promisify(execFile)(
          process.execPath,
          [
            '--conditions=@tinsmith/source',
            '--import',
            `${folder}../test/support/source-imports.mjs`,
            folder + file,
            'stub/model',
          ],
          { env, timeout: 200_000 },
        );
      if (name === 'checkpoints.ts') await run('quickstart.ts');
      const { stdout, stderr } = await run(name);
      expect(stderr.replace(/\(node:\d+\) ExperimentalWarning.*\n.*\n/g, '')).toBe('');
      expect(stdout.trim().split('\n').length).toBeGreaterThan(0);
    } finally {
      await stub.close();
    }
  },
  400_000,
);
