/** Every recipe runs by its name alone, and every config of the repository does what it says, for two steps. */
import { expect, test } from 'vitest';
import { sourceOf } from '../../packages/runner/src/cli/source.js';
import { loadConfig } from '../../packages/runner/src/config/load.js';
import { checkSource } from '../../packages/runner/src/run/check.js';
import { EnvironmentSecrets } from '../../packages/runner/src/run/secrets.js';
import { isFull } from '../vitest/full.ts';
import { configFiles, recipeNames, root, rowsOfRun } from './recipes.ts';

/** What only evaluates has one row. */
const EVALUATIONS = ['search_eval'];

/** A row for each step, of every stage. */
function expectTwoRows(rows: Readonly<Record<string, number>>): void {
  expect(Object.keys(rows)).not.toEqual([]);
  expect(rows).toEqual(Object.fromEntries(Object.keys(rows).map(file => [file, 2])));
}

test('the recipes of the packages are found', () => {
  expect(recipeNames()).toEqual(expect.arrayContaining(['chat_sl', 'math_rl', 'rl_basic', 'sl_loop']));
});

/** Those that are done in seconds; all of them take minutes. */
const names = isFull ? recipeNames() : ['rl_loop', 'sl_loop'];

test.for(names)('tinsmith run %s max_steps=2', { timeout: 300_000 }, async name => {
  if (EVALUATIONS.includes(name)) expect(Object.values(await rowsOfRun([name]))).toEqual([1]);
  else expectTwoRows(await rowsOfRun([name, 'max_steps=2']));
});

test.each(configFiles())('%s is a config that runs', async file => {
  const folder = `${root}/no-such-folder/never-made`; // the default one is named after the time
  const source = await sourceOf(['--config', file, `log_path=${folder}`], root);
  const lines = await checkSource(source, new EnvironmentSecrets({ TINKER_API_KEY: 'tml-not-used' }));
  expect(lines.at(-1)).toBe('ok');
});

/** Sizes at which two steps take seconds, of the options that recipes have for them. */
const SMALL: Readonly<Record<string, number>> = {
  batchSize: 8,
  groupsPerBatch: 4,
  groupSize: 2,
  testGroupSize: 2,
  evalEvery: 0,
};
const pocketConfigs = configFiles().filter(file => file.endsWith('pocket.yaml'));

const few = isFull
  ? pocketConfigs
  : ['configs/math-rl/arithmetic-pocket.yaml', 'configs/sl-basic/pocket.yaml'];

test.for(few)('two small steps of %s', { timeout: 300_000 }, async file => {
  const { settings } = await loadConfig(await sourceOf(['--config', file], root), new EnvironmentSecrets({}));
  const small = Object.keys(settings!.recipe.with).flatMap(option =>
    Object.hasOwn(SMALL, option) ? [`${option}=${SMALL[option]}`] : [],
  );
  expect(small).not.toEqual([]);
  expectTwoRows(await rowsOfRun(['--config', file, 'max_steps=2', ...small]));
});
