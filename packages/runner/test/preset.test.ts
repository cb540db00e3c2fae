/** `tinsmith run NAME` without a config: recipes, presets and loggers of installed packages. */
import { expect, test } from 'vitest';
import { pluginFiles } from './plugins.js';
import { Project } from './project.js';

const preset = `plugins:
  - "@tinsmith/recipe-count"
  - "@tinsmith/engine-files"
recipe: { use: count_up, with: { engine: files, maxSteps: 2 } }
`;

/** A package that was installed: its manifest, and the module behind it if it has one. */
function installed(name: string, said: object, module?: string): Readonly<Record<string, string>> {
  const ownManifest = {
    name,
    version: '1.0.0',
    keywords: ['tinsmith-plugin'],
    exports: './index.mjs',
    tinsmith: said,
  };
  const folder = `node_modules/${name}`;
  return {
    [`${folder}/package.json`]: JSON.stringify(ownManifest),
    ...(module !== undefined && { [`${folder}/index.mjs`]: module }),
  };
}

const strip = (typescript: string) =>
  typescript
    .replace(', type Engine, type Run', '')
    .replaceAll(/: (Run|\{ engine: Engine \})(?=[,)])/g, '')
    .replace('last.state_path!', 'last.state_path');
const countModule = strip(pluginFiles['plugins/count.ts'])
  .replaceAll("'count'", "'count_up'")
  .replace("name: 'count_up'", "name: '@tinsmith/recipe-count'");
const presets = { count_up: { default: 'presets/small.yaml', reference: 'presets/large.yaml' } };

const project: Readonly<Record<string, string>> = {
  ...installed('@tinsmith/recipe-count', { recipes: ['count_up'], presets }, countModule),
  ...installed('@tinsmith/engine-files', {}, pluginFiles['plugins/engine.js']),
  'node_modules/@tinsmith/recipe-count/presets/small.yaml': preset,
  'node_modules/@tinsmith/recipe-count/presets/large.yaml':
    'extends: ./small.yaml\nrecipe: { with: { groupSize: 16 } }\n',
  'package.json': manifest('@tinsmith/recipe-count', '@tinsmith/engine-files'),
};

function manifest(...dependencies: readonly string[]): string {
  return JSON.stringify({
    type: 'module',
    dependencies: Object.fromEntries(dependencies.map(name => [name, '*'])),
  });
}

const options = (text: string) => (JSON.parse(text) as { recipe: { with: object } }).recipe.with;

test('the default preset runs, with options as users of the Cookbook type them', async () => {
  using folder = new Project({ ...project, 'deep/x': '' });
  const args = ['run', 'count_up', 'log_path=runs/a', 'group_size=8', 'learning_rate=1e-3', 'maxSteps=1'];
  expect(await folder.run(args, { cwd: 'deep' })).toEqual({
    code: 0,
    out: 'done   PROJECT/deep/runs/a\n',
    error: '',
  });
  expect(options(folder.read('deep/runs/a/config.json'))).toMatchObject({
    engine: 'files',
    groupSize: 8,
    learningRate: 1e-3,
    maxSteps: 1,
  });
  const again = await folder.run(['run', '--config', 'deep/runs/a/config.json', 'log_path=runs/b']);
  expect(again).toMatchObject({ code: 0, error: '' });
});

test('another preset, and the name with a hyphen; check says which it is', async () => {
  using folder = new Project(project);
  const { out, code } = await folder.run(['check', 'count-up', 'preset=reference', 'log_path=a']);
  expect({ code, first: out.split('\n')[0] }).toEqual({
    code: 0,
    first: 'config    preset reference of count_up (@tinsmith/recipe-count)',
  });
  expect((await folder.run(['explain', 'count_up', '--preset', 'reference'])).out).toMatch(
    /recipe\.with\.groupSize +16 +node_modules\/@tinsmith\/recipe-count\/presets\/large\.yaml:2 \(default 4\)\n/,
  );
});

test('an alias of a recipe is the recipe, in a config too', async () => {
  using folder = new Project({
    ...project,
    ...installed(
      '@tinsmith/recipe-count',
      { recipes: ['count_up'], aliases: { increment: 'count_up' }, presets },
      countModule.replace("'count_up', {", "'count_up', { aliases: ['increment'],"),
    ),
    'own.yaml': preset.replace('count_up', 'increment'),
  });
  expect(await folder.run(['run', 'increment', 'log_path=runs/a'])).toMatchObject({ code: 0, error: '' });
  expect(JSON.parse(folder.read('runs/a/config.json'))).toMatchObject({ recipe: { use: 'count_up' } });
  expect(await folder.run(['run', '--config', 'own.yaml', 'log_path=runs/b'])).toMatchObject({
    code: 0,
    error: '',
  });
  expect(JSON.parse(folder.read('runs/b/config.json'))).toMatchObject({ recipe: { use: 'count_up' } });
});

test("a project's config is preferred, unless a preset is named", async () => {
  using folder = new Project({
    ...project,
    'tinsmith.config.yaml':
      'extends: "@tinsmith/recipe-count/presets/small.yaml"\nrecipe: { with: { maxSteps: 7 } }\n',
  });
  const steps = async (...args: readonly string[]) =>
    /recipe\.with\.maxSteps +(\d)/.exec((await folder.run(['explain', ...args])).out)?.[1];
  expect([await steps('count_up'), await steps('count_up', 'preset=default')]).toEqual(['7', '2']);
});

/** The whole message, with exit code 2 and nothing created. */
async function refused(files: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<string> {
  using folder = new Project({ ...project, ...files });
  const before = folder.list();
  const { code, out, error } = await folder.run(['run', 'log_path=runs/a', ...args]);
  expect({ code, out }).toEqual({ code: 2, out: '' });
  expect(folder.list()).toEqual(before);
  return error;
}

test('a recipe that no package has', async () => {
  expect(await refused({}, 'cuont_up'))
    .toBe(`error RECIPE_NOT_FOUND   no package that this project depends on has a recipe "cuont_up"
  at     PROJECT/package.json
  found  "count_up" (@tinsmith/recipe-count)
  try    tinsmith run count_up
`);
  const files = { 'package.json': manifest('@tinsmith/recipe-nowhere'), 'pnpm-lock.yaml': '' };
  expect(await refused(files, 'math_rl'))
    .toBe(`error RECIPE_NOT_FOUND   no package that this project depends on has a recipe "math_rl"
  at     PROJECT/package.json
  found  none; not installed: @tinsmith/recipe-nowhere
  try    pnpm add @tinsmith/recipe-math-rl
`);
});

test('a recipe that two packages have, neither of which is imported', async () => {
  const files = {
    ...installed('tinsmith-recipe-other', { recipes: ['count-up'] }, 'throw new Error("imported");'),
    'package.json': manifest('@tinsmith/recipe-count', 'tinsmith-recipe-other'),
  };
  expect(await refused(files, 'count_up'))
    .toBe(`error PLUGIN_AMBIGUOUS   2 packages that this project depends on have a recipe "count_up"
  at     PROJECT/package.json
  found  @tinsmith/recipe-count, tinsmith-recipe-other
  try    a config that lists one of them in plugins, or npm uninstall tinsmith-recipe-other
`);
});

test('a package that is there but not a direct dependency, or without the keyword, is not looked at', async () => {
  const named = project['node_modules/@tinsmith/recipe-count/package.json']!.replace(
    'tinsmith-plugin',
    'other',
  );
  for (const files of [
    { 'package.json': manifest('@tinsmith/engine-files') },
    { 'node_modules/@tinsmith/recipe-count/package.json': named },
  ]) {
    expect(await refused(files, 'count_up')).toContain('found  none\n');
  }
});

test('a preset that the package has not, and a preset without a recipe', async () => {
  expect(await refused({}, 'count_up', 'preset=refrence'))
    .toBe(`error PRESET_UNKNOWN   @tinsmith/recipe-count has no preset "refrence" for count_up
  found  default, reference
  try    preset=reference
`);
  expect(await refused({}, 'preset=reference')).toBe(`error ARGUMENT_INVALID   a preset belongs to a recipe
  found  preset=reference
  try    tinsmith run NAME preset=reference
`);
});

test('a plugin of the preset that is not installed', async () => {
  const file = 'node_modules/@tinsmith/recipe-count/presets/small.yaml';
  const withMore = preset.replace('plugins:\n', 'plugins:\n  - "@tinsmith/search-nowhere"\n');
  expect(await refused({ [file]: withMore }, 'count_up'))
    .toBe(`error PLUGIN_NOT_FOUND   the plugin "@tinsmith/search-nowhere" is not installed
  at     plugins[@tinsmith/search-nowhere]   ${file}:2
  try    npm install @tinsmith/search-nowhere
`);
});

const tracker = `
import { appendFileSync } from 'node:fs';
import { definePlugin, MetricSinks, TrackerProjects } from '@tinsmith/core';
export default definePlugin({
  name: '@tinsmith/logger-wandb',
  version: '1.0.0',
  setup({ provide }) {
    provide(MetricSinks, {
      deps: { tracker: TrackerProjects },
      create: ({ tracker }) => ({
        async write({ step }) { appendFileSync('sent.txt', tracker.project + ' ' + tracker.name + ' ' + step + '\\n'); },
      }),
    });
  },
});
`;

test('wandb_project takes the logger that says it sends there, and gives it project and name', async () => {
  using folder = new Project({
    ...project,
    ...installed('@tinsmith/logger-wandb', { loggers: ['wandb'] }, tracker),
    'package.json': manifest('@tinsmith/recipe-count', '@tinsmith/engine-files', '@tinsmith/logger-wandb'),
  });
  const args = ['run', 'count_up', 'max_steps=1', 'wandb_project=sums'];
  expect(await folder.run([...args, 'log_path=runs/a'])).toEqual({
    code: 0,
    out: 'done   PROJECT/runs/a\n',
    error: '',
  });
  await folder.run([...args, 'log_path=runs/b', 'wandb_name=mine']);
  expect(folder.read('sent.txt')).toBe('sums a 0\nsums mine 0\n');
});

test('wandb_project without such a logger', async () => {
  expect(await refused({}, 'count_up', 'wandb_project=sums'))
    .toBe(`error LOGGER_NOT_FOUND   wandb_project is set, and no package that this project depends on sends metrics there
  at     PROJECT/package.json
  found  none
  try    npm install @tinsmith/logger-wandb
`);
});
