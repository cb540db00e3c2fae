/** The recipe as the runner sees it, on the toy engine, with a teacher that has learnt something on an engine of its own. */
import {
  DataAssembled,
  definePlugin,
  Engines,
  float32,
  int64,
  Models,
  modelInput,
  RolloutsGraded,
} from '@tinsmith/core';
import datasets from '@tinsmith/datasets-hub';
import renderers from '@tinsmith/renderers-chat';
import {
  recipeConformance,
  TestDirectory,
  TOY_VOCABULARY,
  ToyEngine,
  toyEngine,
  toyTokenizer,
} from '@tinsmith/testkit';
import { runConfig } from 'tinsmith';
import jsonl, { parseRow } from '@tinsmith/logger-jsonl';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { jsonLines } from '../../recipe-rl-loop/test/rows.js';
import distillation from '../src/index.js';

const folder = new TestDirectory();
afterAll(() => folder.remove());

const dataset = jsonLines(
  folder.path,
  Array.from({ length: 64 }, (_, i) => ({ question: `say ${i}` })),
);

/** Whatever came before, it likes to say "a", and "b" after that. */
async function teach(): Promise<string> {
  const training = await new ToyEngine(join(folder.path, 'school')).createLoraTrainingClient();
  const [a, b] = toyTokenizer.encode('ab') as [number, number];
  const tokens = Array.from({ length: TOY_VOCABULARY }, (_, token) => token);
  const data = {
    modelInput: modelInput(tokens),
    lossFnInputs: {
      target_tokens: int64(tokens.map(token => (token === a ? b : a))),
      weights: float32(tokens.map(() => 1)),
    },
  };
  for (let step = 0; step < 6; step++) {
    await training.forwardBackward([data], 'cross_entropy');
    await training.optimStep({ learningRate: 0.5 });
  }
  return (await training.saveWeightsForSampler('teacher')).path;
}
const teacherCheckpoint = await teach();

const school = definePlugin({
  name: 'school',
  version: '1.0.0',
  setup({ provide }) {
    provide(Models, 'toy', { create: () => ({ renderers: ['qwen3_instruct'] }) });
    provide(Engines, 'school', { create: () => new ToyEngine(join(folder.path, 'school')) });
  },
});

const plugins = [toyEngine(), school(), renderers(), datasets(), distillation()];
const recipe = {
  use: 'on_policy_distillation',
  with: {
    engine: 'toy',
    modelName: 'toy',
    teacherModel: 'large',
    teacherEngine: 'school',
    teacherCheckpoint,
    dataset,
    groupsPerBatch: 4,
    groupSize: 8,
    maxTokens: 8,
    learningRate: 0.05,
    saveEvery: 1,
  },
};

recipeConformance({
  plugins,
  recipe: { ...recipe, with: { ...recipe.with, maxSteps: 4 } },
  steps: 4,
  hooks: [RolloutsGraded, DataAssembled],
});

const silent = { out: () => {}, error: () => {} };

test('the student becomes like the teacher', async () => {
  const logPath = join(folder.path, 'run');
  // One token each: the toy sees one token back, so that all that is sampled teaches the same.
  const wanted = { groupsPerBatch: 4, groupSize: 128, maxTokens: 1, learningRate: 0.3 };
  const { outcome } = await runConfig(
    {
      logPath,
      seed: 0,
      plugins: [...plugins, jsonl()],
      recipe: { ...recipe, with: { ...recipe.with, ...wanted } },
    },
    { output: silent },
  );
  expect(outcome).toBe('completed');
  const lines = readFileSync(join(logPath, 'metrics.jsonl'), 'utf8').trim().split('\n');
  const kl = lines.map(line => parseRow(line)['teacher_kl'] as number);
  expect(kl).toHaveLength(16);
  expect(kl[0]).toBeGreaterThan(1);
  expect(kl.at(-1)).toBeLessThan(kl[0]! / 2);
  expect(readFileSync(join(logPath, 'logs.log'), 'utf8')).not.toContain(
    'all rewards of each group were equal',
  );
});

test('an engine that nobody provides is found before anything runs', async () => {
  const wrong = { ...recipe, with: { ...recipe.with, teacherEngine: 'scool' } };
  const logPath = join(folder.path, 'never');
  await expect(
    runConfig({ logPath, seed: 0, plugins, recipe: wrong }, { output: silent }),
  ).rejects.toMatchObject({
    code: 'PROVIDER_MISSING',
    at: expect.stringContaining('teacherEngine'),
    fix: 'teacherEngine: school',
  });
});
