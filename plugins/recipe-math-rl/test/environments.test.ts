/** The environments that read data, on files: splits, rows that are no problems, prompts and rewards against the reference's. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type EnvironmentDatasets,
  Environments,
  type Message,
  modelInput,
  type Renderer,
  type Termination,
} from '@tinsmith/core';
import datasets from '@tinsmith/datasets-hub';
import { createTestKit, toyTokenizer } from '@tinsmith/testkit';
import { parseEnvOptions, problemGroup, tableOrder } from '@tinsmith/training';
import { afterAll, expect, test } from 'vitest';
import { isClose, testGoldenRows } from '../../../packages/training/test/golden.js';
import { digits, jsonLines, newFolder } from '../../recipe-rl-loop/test/rows.js';
import { sumProblem } from '../src/arithmetic.js';
import mathRl from '../src/index.js';

/** Keeps the messages of the last prompt, and parses every answer to what the test says. */
class ScriptedRenderer {
  readonly name = 'scripted';
  readonly stopSequences = ['stop'];
  readonly hasExtensionProperty = true;
  readonly disablesThinking = false;
  prompt: readonly Message[] = [];
  answer = { text: '', termination: 'stop_sequence' as Termination };

  buildGenerationPrompt(messages: readonly Message[]) {
    this.prompt = messages;
    return modelInput([1]);
  }
  parseResponse() {
    const { text, termination } = this.answer;
    return { message: { role: 'assistant', content: text }, termination };
  }
}

interface Opened {
  readonly renderer: ScriptedRenderer;
  readonly data: EnvironmentDatasets;
}

type Name = 'gsm8k' | 'math' | 'polaris' | 'deepmath';

/** One for all tests: an environment owns a thread that grades, which takes a while to start. */
const kit = await createTestKit({ plugins: [datasets(), mathRl()] });
afterAll(() => kit[Symbol.asyncDispose]());

async function withEnvironment(
  name: Name,
  options: Readonly<Record<string, unknown>>,
  body: (opened: Opened) => Promise<void>,
): Promise<void> {
  const environment = await kit.get(Environments, name);
  const renderer = new ScriptedRenderer();
  const data = await environment.createDataset({
    renderer: renderer as unknown as Renderer,
    tokenizer: toyTokenizer,
    groupSize: 3,
    groupsPerBatch: 4,
    seed: 0,
    options: await parseEnvOptions(environment, options),
  });
  await body({ renderer, data });
}

const withGsm8k = (options: object, body: (opened: Opened) => Promise<void>) =>
  withEnvironment('gsm8k', { datasetConfig: null, ...options }, body);

/** What is asked in the first group of a batch, with what stands in front of it. */
async function promptOf({ data, renderer }: Opened, index = 0): Promise<readonly Message[]> {
  const [group] = await data.train.getBatch(index);
  await (await group!.makeEnvs())[0]!.initialObservation();
  return renderer.prompt;
}

/** All that is asked in training, in order. */
async function questionsOf({ data: { train }, renderer }: Opened): Promise<unknown[]> {
  const asked: unknown[] = [];
  for (let index = 0; index < train.length; index++) {
    for (const group of await train.getBatch(index)) {
      await (await group.makeEnvs())[0]!.initialObservation();
      asked.push(renderer.prompt.at(-1)!.content);
    }
  }
  return asked;
}

const saying = { tokens: [1], logprobs: [-1], stopReason: 'stop' as const };
const sizesOf = async (data: EnvironmentDatasets['train']) =>
  Promise.all(Array.from({ length: data.length }, async (_, index) => (await data.getBatch(index)).length));

test('keeps problems for the test, one attempt each', async () => {
  const dataset = jsonLines(newFolder(), digits(12));
  await withGsm8k({ dataset, testSize: 2 }, async ({ data: { train, test: held } }) => {
    expect(await sizesOf(train)).toEqual([4, 4, 2]);
    expect(await sizesOf(held!)).toEqual([2]);
    const [group] = await held!.getBatch(0);
    expect(await group!.makeEnvs()).toHaveLength(1);
    expect((await train.getBatch(0))[0]!.tags).toEqual(['problems']);
  });
});

test('reads GSM8K in its folder, with its test split', async () => {
  const dataset = `${import.meta.dirname}/../../../fixtures/data/gsm8k`;
  await withGsm8k({ dataset, datasetConfig: 'main' }, async ({ data, renderer }) => {
    expect(data.train.length).toBe(250);
    expect(data.test!.length).toBeGreaterThan(0);
    const prompt = await promptOf({ data, renderer });
    expect(prompt).toHaveLength(3);
    expect(prompt[2]!.content).toMatch(/ Write your answer in \\boxed\{\} format\.$/);
  });
});

test('passes over rows without a question or a final answer', async () => {
  const rows = [
    { question: 'q', answer: 'no idea' },
    { answer: '#### 1' },
    { question: 'q', answer: '#### 2' },
  ];
  await withGsm8k({ dataset: jsonLines(newFolder(), rows), testSplit: null }, async ({ data }) => {
    expect(data.test).toBeUndefined();
    expect(await sizesOf(data.train)).toEqual([1]);
  });
});

const hendrycks = (problem: string, answer: string) => ({ problem, solution: `so \\boxed{${answer}}` });

/** MATH with two subjects of three problems in each split, and a test set of the given rows. */
function mathFolder(held: readonly object[]) {
  const folder = newFolder();
  for (const subject of ['algebra', 'geometry']) {
    for (const split of ['train', 'test']) {
      const rows = Array.from({ length: 3 }, (_, i) => hendrycks(`${subject} ${split} ${i}`, String(i)));
      mkdirSync(join(folder, subject), { recursive: true });
      writeFileSync(join(folder, subject, `${split}.jsonl`), rows.map(row => JSON.stringify(row)).join('\n'));
    }
  }
  return {
    dataset: folder,
    datasetConfigs: ['algebra', 'geometry'],
    testDataset: jsonLines(newFolder(), held),
    testSplit: 'train', // the only one of a file
  };
}

test('math trains on both splits of every subject, without what the test set asks, and tries a test problem once', async () => {
  const held = [hendrycks('geometry test 1', '1'), hendrycks('algebra train 0', '0')];
  await withEnvironment('math', mathFolder(held), async opened => {
    const { train, test: evaluated } = opened.data;
    const questions = await questionsOf(opened);
    expect(questions).toHaveLength(10);
    expect(new Set(questions).size).toBe(10);
    for (const { problem } of held) expect(questions.join()).not.toContain(problem);
    expect(await sizesOf(train)).toEqual([4, 4, 2]);
    expect(await sizesOf(evaluated!)).toEqual([2]);
    const [group] = await evaluated!.getBatch(0);
    expect(await group!.makeEnvs()).toHaveLength(1);
    expect(group!.tags).toEqual(['problems']);
  });
});

test("math shuffles as the reference: subjects in turn, train before test, then the table's order of the seed", async () => {
  await withEnvironment(
    'math',
    { ...mathFolder([hendrycks('other', '1')]), fewShot: false },
    async opened => {
      const inOrder = ['algebra', 'geometry'].flatMap(subject =>
        ['train', 'test'].flatMap(split => [0, 1, 2].map(i => `${subject} ${split} ${i}`)),
      );
      const suffix = ' Write your answer in \\boxed{} format.';
      expect(await questionsOf(opened)).toEqual([...tableOrder(12, 0)].map(at => inOrder[at]! + suffix));
    },
  );
});

test.each([
  ['polaris', { problem: 'p', answer: '\\frac12' }, { problem: 'q' }],
  ['deepmath', { question: 'p', final_answer: '\\frac12' }, { question: '', final_answer: '1' }],
] as const)(
  '%s asks without an example, has no test, and passes over incomplete rows',
  async (name, row, bad) => {
    const dataset = jsonLines(newFolder(), [row, bad]);
    await withEnvironment(name, { dataset }, async ({ data, renderer }) => {
      expect(data.test).toBeUndefined();
      expect(await sizesOf(data.train)).toEqual([1]);
      expect(await promptOf({ data, renderer })).toEqual([
        { role: 'user', content: 'p Write your answer in \\boxed{} format.' },
      ]);
      const [group] = await data.train.getBatch(0);
      expect(group!.tags).toEqual([name]);
      renderer.answer = { text: '\\boxed{0.5}', termination: 'stop_sequence' };
      expect(await (await group!.makeEnvs())[0]!.step(saying)).toMatchObject({ reward: 1 });
    });
  },
);

test.each(['math', 'gsm8k', 'polaris', 'deepmath'] as const)(
  '%s says which plugin reads data, if none does',
  async name => {
    await using bare = await createTestKit({ plugins: [mathRl()] });
    await expect(bare.get(Environments, name)).rejects.toMatchObject({
      code: 'ROW_SOURCE_MISSING',
      fix: 'add @tinsmith/datasets-hub to `plugins`',
    });
  },
);

test('missing data is named with what to put where', async () => {
  const dataset = join(newFolder(), 'MATH');
  await expect(withEnvironment('polaris', { dataset }, async () => {})).rejects.toMatchObject({
    code: 'DATA_SOURCE_UNKNOWN',
    fix: expect.stringContaining('a hub id') as string,
  });
});

/** The problem of the vector alone, with its answer. */
function only(env: string, problem: string, answer = '1') {
  const other = jsonLines(newFolder(), [hendrycks('other', '1')]);
  return env === 'math'
    ? {
        name: 'math' as const,
        options: { ...single(hendrycks(problem, answer)), testDataset: other, testSplit: 'train' },
      }
    : {
        name: 'gsm8k' as const,
        options: {
          datasetConfig: null,
          testSplit: null,
          dataset: jsonLines(newFolder(), [{ question: problem, answer: `#### ${answer}` }]),
        },
      };
}

function single(row: object) {
  const folder = newFolder();
  jsonLines(join(folder, 'algebra'), [row]);
  return { dataset: folder, datasetConfigs: ['algebra'], trainSplits: ['train'] };
}

testGoldenRows<{ env: string; problem: string; x: number; y: number }, { messages: Message[] }>(
  'environments',
  'problem_prompt',
  async ({ input, expected }) => {
    if (input.env === 'arithmetic') {
      const renderer = new ScriptedRenderer();
      const of = { renderer: renderer as unknown as Renderer, groupSize: 1, tags: [] };
      const group = problemGroup(sumProblem([input.x, input.y], { fewShot: true }), of);
      await (await group.makeEnvs())[0]!.initialObservation();
      expect(renderer.prompt).toEqual(expected.messages);
      return;
    }
    const { name, options } = only(input.env, input.problem);
    await withEnvironment(name, options, async opened => {
      expect(await promptOf(opened)).toEqual(expected.messages);
    });
  },
);

interface Graded {
  readonly text: string;
  readonly answer: string;
  readonly termination: Termination;
  readonly require_stop_sequence: boolean;
  readonly format_coef: number;
}
testGoldenRows<Graded, { reward: number; metrics: object; episode_done: boolean }>(
  'environments',
  'problem_reward',
  async ({ input: { text, answer, termination, require_stop_sequence, format_coef }, expected }) => {
    const { name, options } = only('math', 'q', answer);
    const rules = { requireStopSequence: require_stop_sequence, formatCoef: format_coef };
    await withEnvironment(name, { ...options, ...rules }, async ({ data, renderer }) => {
      const [group] = await data.train.getBatch(0);
      renderer.answer = { text, termination };
      const result = await (await group!.makeEnvs())[0]!.step(saying);
      expect(result.metrics).toEqual(expected.metrics);
      expect(result.episodeDone).toBe(expected.episode_done);
      expect(isClose(result.reward, expected.reward)).toBe(true);
    });
  },
);
