/** Texts of a teacher, on the toy engine: in a data set and written by it, with and without soft targets; what goes wrong with it. */
import { type SampleRequest, type SamplingClient, TinsmithError } from '@tinsmith/core';
import { recipeConformance, TestDirectory, ToyEngine, toyTokenizer } from '@tinsmith/testkit';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { jsonLines } from '../../recipe-rl-loop/test/rows.js';
import { pluginsIn, study, teach } from './school.js';

const folder = new TestDirectory();
afterAll(() => folder.remove());
const { path } = folder;

const chats = jsonLines(
  join(path, 'chats'),
  Array.from({ length: 24 }, (_, i) => ({
    messages: [
      { role: 'user', content: `say ${i}` },
      { role: 'assistant', content: 'abab'.slice(i % 4) },
    ],
  })),
);
const teacherCheckpoint = await teach(path, 'ab');
const teacher = { teacherModel: 'large', teacherEngine: 'school', teacherCheckpoint };
const options = {
  engine: 'toy',
  modelName: 'toy',
  dataset: chats,
  batchSize: 6,
  maxTokens: 6,
  learningRate: 0.3,
  saveEvery: 1,
  bufferSize: 100,
};
const use = 'off_policy_distillation';

recipeConformance({
  plugins: pluginsIn(path),
  recipe: { use, with: { ...options, ...teacher, answers: 'teacher', softTargets: 3 } },
  steps: 4,
});

describe('the student becomes like the teacher', () => {
  test.each([
    ['by what it writes', { answers: 'teacher' }],
    ['by what it finds likely in a text', { softTargets: 4 }],
    ['by what it finds likely in what it writes', { answers: 'teacher', softTargets: 4 }],
  ])('%s', async (name, own) => {
    const { outcome, rows } = await study(path, name, {
      use,
      with: {
        ...options,
        ...teacher,
        ...own,
        learningRate: 0.5,
        numEpochs: 2,
        lrSchedule: 'constant',
        saveEvery: 0,
      },
    });
    expect(outcome).toBe('completed');
    const kl = rows.map(row => row['teacher_forward_kl'] as number);
    expect(kl).toHaveLength(8);
    expect(kl[0]).toBeGreaterThan(1);
    expect(kl.at(-1)).toBeLessThan(kl[0]! / 2);
    if ('answers' in own) expect(rows[0]).toMatchObject({ empty_answers: expect.any(Number) as number });
    expect('train_mean_bpb' in rows[0]!).toBe(!('softTargets' in own)); // soft targets are no text
  });
});

test("texts of a data set need no teacher; the Cookbook's name is the same recipe", async () => {
  const { outcome, rows } = await study(path, 'plain', { use: 'off_policy_reasoning', with: options });
  expect(outcome).toBe('completed');
  expect(rows.map(row => row['train_mean_nll'] as number).at(-1)).toBeLessThan(
    rows[0]!['train_mean_nll'] as number,
  );
});

/** Answers so often, and then no more. */
class Mortal extends ToyEngine {
  left: number;

  constructor(home: string, answers: number) {
    super(home);
    this.left = answers;
  }

  override async createSamplingClient(
    source: { baseModel: string } | { modelPath: string },
  ): Promise<SamplingClient> {
    const client = await super.createSamplingClient(source);
    const alive = <T>(answer: () => Promise<T>): Promise<T> => {
      if (this.left-- <= 0) throw new TinsmithError({ code: 'CONNECTION_LOST', message: 'connection lost' });
      return answer();
    };
    return {
      sample: async (request: SampleRequest) => alive(() => client.sample(request)),
      computeLogprobs: async prompt => alive(() => client.computeLogprobs(prompt)),
    };
  }
}

describe('a teacher that dies in mid-run ends the run by its name, and what was learnt is kept', () => {
  const onPolicy = {
    engine: 'toy',
    modelName: 'toy',
    dataset: chats,
    groupsPerBatch: 6,
    groupSize: 2,
    maxTokens: 4,
    learningRate: 0.1,
    saveEvery: 1,
  };
  const perStep = 6;
  test.each([
    ['off_policy_distillation', { ...options, ...teacher, answers: 'teacher' }, perStep],
    ['on_policy_distillation', { ...onPolicy, ...teacher }, 2 * perStep],
    [
      'multi_teacher_distillation',
      {
        ...onPolicy,
        dataset: undefined,
        groupsPerBatch: undefined,
        lessons: [{ ...teacher, dataset: chats, groupsPerBatch: 6 }],
      },
      2 * perStep,
    ],
  ] as const)('%s', async (recipe, given, answers) => {
    const withOptions = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined));
    const whole = await study(path, `${recipe}-whole`, { use: recipe, with: withOptions });
    expect(whole.rows).toHaveLength(4);

    const name = `${recipe}-dying`;
    const dying = pluginsIn(path, new Mortal(join(path, 'school'), 2 * answers + 1));
    const first = await study(path, name, { use: recipe, with: withOptions }, dying);
    expect(first).toMatchObject({
      outcome: 'failed',
      error: {
        code: 'TEACHER_FAILED',
        message: 'the teacher "large" gave no answer: connection lost',
        at: expect.stringMatching(/^recipe\.with\.(lessons\.0\.)?teacherModel$/) as string,
      },
    });
    expect(first.rows.length).toBeLessThan(4);
    const second = await study(path, name, { use: recipe, with: withOptions });
    expect(second.outcome).toBe('completed');
    expect(withoutTimes(second.rows)).toEqual(withoutTimes(whole.rows));
  });
});

const withoutTimes = (rows: readonly Readonly<Record<string, unknown>>[]) =>
  rows.map(row => Object.fromEntries(Object.entries(row).filter(([name]) => !name.startsWith('time/'))));

describe('bad input:', () => {
  test('a teacher of another vocabulary is named before anything is spent', async () => {
    class Strange extends ToyEngine {
      override async getTokenizer() {
        return { ...toyTokenizer, decode: () => '?' };
      }
    }
    const strange = pluginsIn(path, new Strange(join(path, 'school')));
    const { error, logPath } = await study(
      path,
      'strange',
      { use, with: { ...options, ...teacher, softTargets: 3 } },
      strange,
    );
    expect(error).toMatchObject({
      code: 'VOCABULARIES_DIFFER',
      message: expect.stringMatching(/"toy".*"large"/) as string,
      at: 'recipe.with.teacherModel',
    });
    expect(existsSync(join(logPath, 'checkpoints'))).toBe(false);
  });

  test.each([{ answers: 'teacher' }, { softTargets: 3 }])('%j needs a teacher', async own => {
    await expect(study(path, 'never', { use, with: { ...options, ...own } })).rejects.toMatchObject({
      at: expect.stringContaining('teacherModel') as string,
    });
  });

  test('a data set of empty answers', async () => {
    const empty = jsonLines(join(path, 'empty'), [
      {
        messages: [
          { role: 'user', content: 'say' },
          { role: 'assistant', content: '' },
        ],
      },
    ]);
    expect(
      await study(path, 'empty-run', { use, with: { ...options, dataset: empty, batchSize: 1 } }),
    ).toMatchObject({ outcome: 'failed', error: { code: 'TEACHER_ANSWERS_EMPTY' } });
  });
});
