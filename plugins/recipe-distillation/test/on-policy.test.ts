/** The recipe as the runner sees it, on the toy engine, with a teacher that has learnt something on an engine of its own. */
import { DataAssembled, RolloutsGraded } from '@tinsmith/core';
import { recipeConformance, TestDirectory } from '@tinsmith/testkit';
import { join } from 'node:path';
import { runConfig } from 'tinsmith';
import { afterAll, expect, test } from 'vitest';
import { jsonLines } from '../../recipe-rl-loop/test/rows.js';
import { pluginsIn, silent, study, teach } from './school.js';

const folder = new TestDirectory();
afterAll(() => folder.remove());

const dataset = jsonLines(
  folder.path,
  Array.from({ length: 64 }, (_, i) => ({ question: `say ${i}` })),
);

const plugins = pluginsIn(folder.path);
const recipe = {
  use: 'on_policy_distillation',
  with: {
    engine: 'toy',
    modelName: 'toy',
    teacherModel: 'large',
    teacherEngine: 'school',
    teacherCheckpoint: await teach(folder.path, 'ab'),
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

test('the student becomes like the teacher', async () => {
  // One token each: the toy sees one token back, so that all that is sampled teaches the same.
  const wanted = { groupSize: 32, maxTokens: 1, learningRate: 0.7, maxSteps: 10, saveEvery: 0 };
  const { outcome, rows, log } = await study(folder.path, 'run', {
    ...recipe,
    with: { ...recipe.with, ...wanted },
  });
  expect(outcome).toBe('completed');
  const kl = rows.map(row => row['teacher_kl'] as number);
  expect(kl).toHaveLength(10);
  expect(kl[0]).toBeGreaterThan(1);
  expect(kl.at(-1)).toBeLessThan(kl[0]! / 1.5);
  expect(log).not.toContain('all rewards of each group were equal');
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
