/** Every command of the guide is one: options are checked with the plugins that the repository has, nothing is created. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { sourceOf } from '../../packages/runner/src/cli/source.js';
import { checkSource } from '../../packages/runner/src/run/check.js';
import { EnvironmentSecrets } from '../../packages/runner/src/run/secrets.js';
import { readSweep } from '../../packages/runner/src/sweep/read-sweep.js';
import { planSweep } from '../../packages/runner/src/sweep/plan.js';
import { readRequest } from '../../plugins/evaluators/src/command/request.js';

const root = join(import.meta.dirname, '..', '..');
const guide = readFileSync(join(root, 'docs', 'guides', 'from-the-cookbook.md'), 'utf8');
const PLACEHOLDER = /\b[A-Z]{2,}\b(?!\/)/; // tinsmith show FOLDER
const commands = [...guide.matchAll(/(?:^|`)tinsmith ([^`\n]+)/gm)]
  .map(([, words]) => words!)
  .filter(words => !PLACEHOLDER.test(words));

test('there are commands of the Cookbook in the guide', () => expect(commands.length).toBeGreaterThan(20));

test.each([...new Set(commands)])('tinsmith %s', async line => {
  const [command, ...words] = line.split(' ');
  if (command === 'eval') {
    expect(readRequest(words).evaluators.length).toBeGreaterThan(0);
    return;
  }
  const folder = join(root, 'no-such-folder', 'never-made'); // the default one is named after the time
  const secrets = new EnvironmentSecrets({});
  if (command === 'sweep') {
    const { request } = readSweep(words, root);
    expect((await planSweep({ ...request, folder }, secrets)).length).toBeGreaterThan(1);
    return;
  }
  expect(command).toBe('run');
  const source = await sourceOf([...words, `log_path=${folder}`], root);
  expect((await checkSource(source, secrets)).at(-1)).toBe('ok');
});
