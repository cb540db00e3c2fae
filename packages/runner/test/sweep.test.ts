/** Sweeps by the real command: every cell is a run of its own, and what is there is not run again. */
import { expect, test } from 'vitest';
import { pluginFiles } from './plugins.js';
import { Project } from './project.js';

/** The loss is least at a learning rate of 3e-4, and lower with more rank; a cell fails while the file `broken` names its rank. */
const valley = `
import { existsSync, readFileSync } from 'node:fs';
import { definePlugin, defineRecipe, Recipes } from '@tinsmith/core';
import { z } from 'zod';

const valley = defineRecipe({
  uses: {},
  options: z.strictObject({
    modelName: z.string().default('Org/model'),
    learningRate: z.number().positive(),
    loraRank: z.int().positive().default(32),
    batchSize: z.int().positive().default(10),
    maxSteps: z.int().positive().default(1),
  }),
  async run(run, { learningRate, loraRank, maxSteps }) {
    if (existsSync('broken') && readFileSync('broken', 'utf8') === String(loraRank)) throw new Error('out of luck');
    run.plan(maxSteps);
    const loss = Math.abs(Math.log10(learningRate / 3e-4)) + 1 / loraRank;
    for (let step = 0; step < maxSteps; step++) await run.step(step, async () => ({ loss, maxSteps }));
  },
});

export default definePlugin({
  name: 'valley',
  version: '1.0.0',
  setup: ({ provide }) => provide(Recipes, 'valley', { create: () => valley }),
});
`;

const files = {
  ...pluginFiles,
  'plugins/valley.ts': valley,
  'tinsmith.config.yaml': `plugins:
  - ./plugins/valley.ts
  - { use: ./plugins/sink.js, with: { file: metrics.jsonl } }
recipe: { use: valley, with: { learningRate: 1 } }
`,
};
const grid = ['--grid', 'recipe.with.learningRate=1e-4,3e-4', '--grid', 'lora_rank=8,32'];

test('a grid of two by two ends with the best learning rate of each rank; a second call runs what is missing', async () => {
  using project = new Project(files);
  project.write({ broken: '32' });
  const first = await project.run(['sweep', ...grid, '--out', 'sweep', '--parallel', '2']);
  expect(first).toMatchObject({ code: 1, error: '' });
  expect(first.out).toContain('out of luck');
  expect(first.out.match(/not complete/g)).toHaveLength(2);

  project.remove('broken');
  const second = await project.run(['sweep', ...grid, '--out', 'sweep', '--parallel', '2']);
  expect(second).toMatchObject({ code: 0, error: '' });
  expect(second.out.match(/complete already/g)).toHaveLength(2);
  expect(second.out).toContain('lora_rank=8: learning_rate=0.0003_lora_rank=8, loss 0.125');
  expect(JSON.parse(project.read('sweep/recommendations.json'))).toEqual({
    recipe: 'valley',
    model_name: 'Org/model',
    metric: 'loss',
    recommendations: {
      rank_8: { learning_rate: 3e-4, lora_rank: 8, loss: 1 / 8 },
      rank_32: { learning_rate: 3e-4, lora_rank: 32, loss: 1 / 32 },
    },
  });
  expect(project.read('sweep/sweep.svg').match(/<polyline/g)).toHaveLength(2);
}, 60_000);

test('a grid with an unknown path is refused before anything is run', async () => {
  using project = new Project(files);
  const { code, error } = await project.run([
    'sweep',
    '--grid',
    'recipe.with.learningrat=1,2',
    '--out',
    'sweep',
  ]);
  expect(code).toBe(2);
  expect(error).toContain('OPTION_UNKNOWN');
  expect(error).toContain('try    learningRate');
  expect(project.has('sweep')).toBe(false);
});

test.each([
  ['no grid', [], 'ARGUMENT_MISSING'],
  ['a grid without values', ['--grid', 'lora_rank='], 'ARGUMENT_INVALID'],
  ['a value twice', ['--grid', 'lora_rank=8,8'], 'ARGUMENT_INVALID'],
  ['no cell at a time', ['--grid', 'lora_rank=8', '--parallel', '0'], 'ARGUMENT_INVALID'],
  ['a budget below one batch', ['--grid', 'lora_rank=8', '--budget', '9'], 'ARGUMENT_INVALID'],
  ['an unknown flag', ['--gird', 'lora_rank=8'], 'FLAG_UNKNOWN'],
])('%s is refused', async (_, args, problem) => {
  using project = new Project(files);
  const { code, error } = await project.run(['sweep', ...args, '--out', 'sweep']);
  expect({ code, error }).toEqual({ code: 2, error: expect.stringContaining(problem) as string });
  expect(project.has('sweep')).toBe(false);
});

test('a budget is a number of steps; a sweep of something else does not go into the same folder', async () => {
  using project = new Project(files);
  const sweep = (...more: string[]) =>
    project.run(['sweep', '--grid', 'lora_rank=8', '--out', 'sweep', '--metric', 'maxSteps', ...more]);
  expect(await sweep('--budget', '25')).toMatchObject({ code: 0 });
  expect(JSON.parse(project.read('sweep/recommendations.json'))).toMatchObject({
    recommendations: { rank_8: { lora_rank: 8, maxSteps: 2 } },
  });
  const other = await sweep('--budget', '25', 'learning_rate=2');
  expect(other).toMatchObject({ code: 2, error: expect.stringContaining('SWEEP_DIFFERS') as string });
}, 60_000);

test('a folder in which a sweep is running belongs to it', async () => {
  using project = new Project(files);
  const since = new Date().toISOString();
  const { hostname } = await import('node:os');
  project.write({ 'sweep/run.lock': JSON.stringify({ pid: process.pid, host: hostname(), since }) });
  const { code, error } = await project.run(['sweep', ...grid, '--out', 'sweep']);
  expect({ code, error }).toEqual({ code: 2, error: expect.stringContaining('RUN_FOLDER_BUSY') as string });
});
