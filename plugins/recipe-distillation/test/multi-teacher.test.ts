/** Several teachers, on the toy engine. */
import { DataAssembled, problemsOf, RolloutsGraded } from '@tinsmith/core';
import { recipeConformance, TestDirectory, ToyEngine, toyTokenizer } from '@tinsmith/testkit';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { jsonLines } from '../../recipe-rl-loop/test/rows.js';
import { pluginsIn, study, teach } from './school.js';

const folder = new TestDirectory();
afterAll(() => folder.remove());

const prompts = (name: string, count: number) =>
  jsonLines(
    join(folder.path, name),
    Array.from({ length: count }, (_, i) => ({ question: `say ${i}` })),
  );
const school = { teacherModel: 'large', teacherEngine: 'school' };
const options = {
  engine: 'toy',
  modelName: 'toy',
  lessons: [
    {
      ...school,
      dataset: prompts('first', 12),
      groupsPerBatch: 4,
      teacherCheckpoint: await teach(folder.path, 'ab'),
    },
    // Like the student before it has learnt anything.
    { ...school, dataset: prompts('second', 64), groupsPerBatch: 2 },
  ],
  groupSize: 8,
  maxTokens: 4,
  learningRate: 0.05,
  saveEvery: 1,
};

recipeConformance({
  plugins: pluginsIn(folder.path),
  recipe: { use: 'multi_teacher_distillation', with: options },
  steps: 3, // the shortest data set ends it
  hooks: [RolloutsGraded, DataAssembled],
});

test("each answer is scored by the teacher of its data set; the Cookbook's name is the same recipe", async () => {
  const { error, rows, logPath } = await study(folder.path, 'run', {
    use: 'on_policy_multi_teacher',
    with: options,
  });
  expect(error).toBeUndefined();
  expect(rows[0]).toMatchObject({ 'env/all/total_episodes': (4 + 2) * 8 });
  expect(rows[0]!['teacher_kl/dataset_0']).toBeGreaterThan(1);
  expect(rows[0]!['teacher_kl/dataset_1']).toBeCloseTo(0, 6);
  expect(JSON.parse(readFileSync(join(logPath, 'config.json'), 'utf8'))).toMatchObject({
    recipe: { use: 'multi_teacher_distillation' },
  });
});

test('all teachers of another vocabulary are named at once, before the first step', async () => {
  class Strange extends ToyEngine {
    override async getTokenizer() {
      return { ...toyTokenizer, decode: () => '?' };
    }
  }
  const plugins = pluginsIn(folder.path, new Strange(join(folder.path, 'school')));
  const { outcome, error, logPath } = await study(
    folder.path,
    'strange',
    { use: 'multi_teacher_distillation', with: options },
    plugins,
  );
  expect(outcome).toBe('failed');
  expect(problemsOf(error).map(({ code, at }) => [code, at])).toEqual([
    ['VOCABULARIES_DIFFER', 'recipe.with.lessons.0.teacherModel'],
    ['VOCABULARIES_DIFFER', 'recipe.with.lessons.1.teacherModel'],
  ]);
  expect(problemsOf(error)[0]!.message).toMatch(/"toy".*"large"/);
  expect(existsSync(join(logPath, 'checkpoints'))).toBe(false);
});

test('an engine that nobody provides is found before anything runs, at its lesson', async () => {
  const [first, second] = options.lessons;
  const wrong = { ...options, lessons: [first, { ...second, teacherEngine: 'scool' }] };
  await expect(
    study(folder.path, 'never', { use: 'multi_teacher_distillation', with: wrong }),
  ).rejects.toMatchObject({
    code: 'PROVIDER_MISSING',
    at: expect.stringContaining('lessons'),
    fix: 'teacherEngine: school',
  });
});
