/** Published settings for a remote engine are right as far as can be known without a service: one, all with TINSMITH_FULL=1. */
import { globSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { isFull } from '../../../tools/vitest/full.js';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const configs = globSync('configs/*/reference.yaml', { cwd: root }).toSorted();

test('there are such settings', () => expect(configs.length).toBeGreaterThanOrEqual(4));

test.each(isFull ? configs : configs.slice(-1))('%s passes tinsmith check', async config => {
  const command = join(root, 'packages/runner/bin/tinsmith.js');
  const args = [
    command,
    'check',
    '--config',
    join(root, config),
    `log_path=${join(tmpdir(), 'tinsmith-never-made')}`,
  ];
  const { stdout } = await promisify(execFile)(process.execPath, args, {
    env: { PATH: process.env['PATH'] },
  });
  expect(stdout).toContain('(@tinsmith/engine-tinker');
  expect(stdout).toMatch(/\nok\n$/);
});
