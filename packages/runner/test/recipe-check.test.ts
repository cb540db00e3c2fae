/** What a recipe itself finds wrong, with the check that recipes for language models share. */
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { fileEngine } from './plugins.js';
import { Project } from './project.js';

const training = fileURLToPath(new URL('../../training', import.meta.url));

const recipe = `
import { definePlugin, defineRecipe, Engines, Models, Recipes, Renderers } from '@tinsmith/core';
import { checkModelAndRenderer } from '@tinsmith/training';
import { z } from 'zod';

const speak = defineRecipe({
  uses: { engine: Engines },
  deps: { models: Models, renderers: Renderers },
  options: z.object({
    modelName: z.string(),
    rendererName: z.string().optional(),
    foreign: z.boolean().default(false),
  }),
  async check(options, registries) {
    if (options.foreign) throw new Error('the dictionary is torn');
    await checkModelAndRenderer(options, registries);
  },
  async run(run, { modelName }) {
    run.log('speaks ' + modelName);
  },
});

export default definePlugin({
  name: 'speak',
  version: '1.0.0',
  setup({ provide }) {
    provide(Recipes, 'speak', { create: () => speak });
    provide(Models, 'small', { create: () => ({ renderers: ['plain', 'curly'] }) });
    provide(Renderers, 'plain', { create: () => ({ create: () => { throw new Error('not needed here'); } }) });
    provide(Renderers, 'fancy', { create: () => ({ create: () => { throw new Error('not needed here'); } }) });
  },
});
`;

function speakProject(options: string): Project {
  const project = new Project({
    'speak.ts': recipe,
    'engine.js': fileEngine,
    'tinsmith.config.yaml': `plugins: [./speak.ts, ./engine.js]
recipe:
  use: speak
  with:
    engine: files
${options}`,
  });
  project.link('@tinsmith/training', training);
  return project;
}

const noFolder = `error MODEL_NOT_FOUND   there is no model "./no-such-folder"
  at     recipe.with.modelName   tinsmith.config.yaml:6
  found  models of plugins: small; neither a folder nor a .gguf file PROJECT/no-such-folder
  try    name a model that a plugin in the config provides, a folder in Hugging Face layout, a .gguf file, or an id on the hub (owner/name)
`;

test.for([
  ['a model folder that is not there', '    model_name: ./no-such-folder\n', noFolder],
  [
    'a renderer that no plugin provides',
    '    model_name: an-owner/a-model\n    renderer_name: plian\n',
    `error RENDERER_UNKNOWN   no plugin provides the renderer "plian"
  at     recipe.with.rendererName   tinsmith.config.yaml:7
  found  plain, fancy
  try    rendererName: plain
`,
  ],
  [
    'a model about which nothing says how it speaks',
    '    model_name: an-owner/a-model\n',
    `error RENDERER_UNKNOWN   nothing says which chat format the model "an-owner/a-model" speaks
  at     recipe.with.rendererName   tinsmith.config.yaml:4
  found  no option, and neither a plugin nor the registry knows the model
  try    rendererName: plain, fancy
`,
  ],
  [
    'a renderer that does not fit the model',
    '    model_name: small\n    renderer_name: fancy\n',
    `error RENDERER_UNFIT   the model "small" was not trained with the chat format "fancy"
  at     recipe.with.rendererName   tinsmith.config.yaml:7
  found  what fits: plain, curly
  try    rendererName: plain, or anyRenderer: true if it is meant
`,
  ],
  [
    'both',
    '    model_name: ./no-such-folder\n    renderer_name: plian\n',
    `${noFolder}error RENDERER_UNKNOWN   no plugin provides the renderer "plian"
  at     recipe.with.rendererName   tinsmith.config.yaml:7
  found  plain, fancy
  try    rendererName: plain
`,
  ],
] as const)('%s: found before anything is created, by check and by run', async ([, options, message]) => {
  using project = speakProject(options);
  const before = project.list();
  for (const command of [['check'], ['run', '--log-path', 'runs/a'], ['run']]) {
    expect(await project.run(command)).toEqual({ code: 2, out: '', error: message });
  }
  expect(project.list()).toEqual(before);
});

test('an option that is wrong is reported without asking the recipe', async () => {
  using project = speakProject('    model_name: 7\n    renderer_name: plian\n');
  const { code, error } = await project.run(['check']);
  expect(code).toBe(2);
  expect(error).toContain('error OPTION_INVALID   "modelName"');
  expect(error).not.toContain('RENDERER_UNKNOWN');
});

test('a model that is there passes', async () => {
  using project = speakProject('    model_name: small\n');
  expect(await project.run(['check'])).toMatchObject({ code: 0, error: '' });
  expect(await project.run(['run', '--log-path', 'runs/a'])).toMatchObject({ code: 0 });
  expect(project.read('runs/a/logs.log')).toContain('speaks small');
});

test('a failure in the check of a recipe creates nothing either', async () => {
  using project = speakProject('    model_name: small\n    foreign: true\n');
  const before = project.list();
  const { code, error } = await project.run(['run', '--log-path', 'runs/a']);
  expect(code).not.toBe(0);
  expect(error).toContain('the dictionary is torn');
  expect(project.list()).toEqual(before);
});

const withEnvironment = `
import { definePlugin, defineRecipe, Engines, Environments, Models, Recipes, Renderers } from '@tinsmith/core';
import { checkModelAndEnvironment } from '@tinsmith/training/options';
import { z } from 'zod';

const play = defineRecipe({
  uses: { engine: Engines, env: Environments },
  deps: { models: Models, renderers: Renderers, environments: Environments },
  options: z.object({ modelName: z.string(), env: z.string(), envOptions: z.record(z.string(), z.unknown()).default({}) }),
  check: checkModelAndEnvironment,
  run: async () => {},
});

export default definePlugin({
  name: 'play',
  version: '1.0.0',
  setup({ provide }) {
    provide(Recipes, 'play', { create: () => play });
    provide(Models, 'small', { create: () => ({ renderers: ['plain'] }) });
    provide(Renderers, 'plain', { create: () => ({ create: () => { throw new Error('not needed here'); } }) });
    provide(Environments, 'sums', {
      create: () => ({
        specification: 'v1',
        options: z.strictObject({ digits: z.int().max(9).default(2), carry: z.boolean() }),
        createDataset: () => { throw new Error('not needed here'); },
      }),
    });
  },
});
`;

test('options of the environment are checked by its own schema, all at once, each with its line', async () => {
  using project = new Project({
    'play.ts': withEnvironment,
    'engine.js': fileEngine,
    'tinsmith.config.yaml': `plugins: [./play.ts, ./engine.js]
recipe:
  use: play
  with:
    engine: files
    model_name: small
    env: sums
    env_options:
      digits: 12
      cary: true
`,
  });
  project.link('@tinsmith/training', training);
  const before = project.list();
  for (const command of [['check'], ['run', '--log-path', 'runs/a']]) {
    expect(await project.run(command)).toEqual({
      code: 2,
      out: '',
      error: `error OPTION_UNKNOWN   there is no option "cary"
  at     recipe.with.envOptions.cary   tinsmith.config.yaml:10
  try    carry
error OPTION_INVALID   "digits" must be at most 9
  at     recipe.with.envOptions.digits   tinsmith.config.yaml:9
  found  12
error OPTION_MISSING   "carry" is missing
  at     recipe.with.envOptions.carry   tinsmith.config.yaml:8
  try    add carry: true or false
`,
    });
  }
  expect(project.list()).toEqual(before);
});
