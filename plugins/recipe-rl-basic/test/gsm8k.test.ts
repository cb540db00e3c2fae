/** The environment on files: splits, rows that are no problems, prompts and rewards against the reference's. */
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
import { expect, test } from 'vitest';
import { isClose, testGoldenRows } from '../../../packages/training/test/golden.js';
import { digits, jsonLines, newFolder } from '../../recipe-rl-loop/test/rows.js';
import { gsm8kOptions } from '../src/gsm8k.js';
import rlBasic from '../src/index.js';

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

/** Calls the test while the environment is alive. */
async function withGsm8k(options: object, body: (opened: Opened) => Promise<void>): Promise<void> {
  await using kit = await createTestKit({ plugins: [datasets(), rlBasic()] });
  const environment = await kit.get(Environments, 'gsm8k');
  const renderer = new ScriptedRenderer();
  const data = await environment.createDataset({
    renderer: renderer as unknown as Renderer,
    tokenizer: toyTokenizer,
    groupSize: 3,
    groupsPerBatch: 4,
    seed: 0,
    options: gsm8kOptions.parse({ datasetConfig: null, ...options }),
  });
  await body({ renderer, data });
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
    const [group] = await data.train.getBatch(0);
    const [env] = await group!.makeEnvs();
    await env!.initialObservation();
    expect(renderer.prompt).toHaveLength(3);
    expect(renderer.prompt[2]!.content).toMatch(/ Write your answer in \\boxed\{\} format\.$/);
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

testGoldenRows<{ env: string; problem: string }, { messages: Message[] }>(
  'environments',
  'problem_prompt',
  async ({ input, expected }) => {
    const dataset = jsonLines(newFolder(), [{ question: input.problem, answer: '#### 1' }]);
    await withGsm8k({ dataset, testSplit: null }, async ({ data, renderer }) => {
      const [group] = await data.train.getBatch(0);
      await (await group!.makeEnvs())[0]!.initialObservation();
      expect(renderer.prompt).toEqual(expected.messages);
    });
  },
  ({ env }) => env !== 'math', // sums are tested with math_rl
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
  async ({ input: { text, answer, termination, format_coef }, expected }) => {
    expect(format_coef).toBe(0.1);
    const dataset = jsonLines(newFolder(), [{ question: 'q', answer: `#### ${answer}` }]);
    await withGsm8k({ dataset, testSplit: null }, async ({ data, renderer }) => {
      const [group] = await data.train.getBatch(0);
      renderer.answer = { text, termination };
      const result = await (await group!.makeEnvs())[0]!.step(saying);
      expect(result.metrics).toEqual(expected.metrics);
      expect(result.episodeDone).toBe(expected.episode_done);
      expect(isClose(result.reward, expected.reward)).toBe(true);
    });
  },
  // No environment of the reference leaves the stop sequence out, and none of ours can.
  ({ require_stop_sequence }) => !require_stop_sequence,
);
