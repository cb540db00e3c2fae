import { type SamplingClient, Renderers, RowSources } from '@tinsmith/core';
import datasets from '@tinsmith/datasets-hub';
import renderers from '@tinsmith/renderers-chat';
import { createTestKit, ToyEngine, toyTokenizer } from '@tinsmith/testkit';
import { afterAll, expect, test } from 'vitest';
import { jsonLines, newFolder } from '../../recipe-rl-loop/test/rows.js';
import { openPrompts } from './prompts.js';
import { answeredPrompts } from './teacher-answers.js';

const kit = await createTestKit({ plugins: [renderers(), datasets()] });
afterAll(() => kit[Symbol.asyncDispose]());
const renderer = (await kit.get(Renderers, 'qwen3_instruct')).create(toyTokenizer);
const source = await kit.get(RowSources);
const toy = await new ToyEngine('/nowhere').createSamplingClient({ baseModel: 'toy' });
const END = 1;

/** Says the given texts in turn, then nothing. */
function saying(...texts: readonly string[]): SamplingClient {
  const left = texts.values();
  return {
    computeLogprobs: async () => [],
    sample: async () => {
      const tokens = [...toyTokenizer.encode(left.next().value ?? ''), END];
      return { sequences: [{ tokens, logprobs: tokens.map(() => -0.5), stopReason: 'stop' }] };
    },
  };
}

const open = async (teacher: SamplingClient, own: object = {}) =>
  answeredPrompts(
    await openPrompts(source, {
      dataset: jsonLines(newFolder(), [{ question: 'say a' }, { question: 'say b' }, { question: 'say c' }]),
    }),
    {
      teacher,
      renderer,
      tokenizer: toyTokenizer,
      maxTokens: 4,
      temperature: 1,
      maxPromptTokens: null,
      concurrency: 2,
      signal: new AbortController().signal,
      name: 'large, asked from rows.jsonl',
      size: 3,
      limit: 10,
      bufferSize: 10,
      seed: 0,
      ...own,
    },
  );

test('the student learns what the teacher sampled, token for token, and its end', async () => {
  const texts = await open(saying('1', '22', '333'), { concurrency: 1 });
  const batch = await texts.getBatch(0, 0);
  const learnt = batch.map(({ lossFnInputs }) => {
    const { weights, target_tokens: targets } = lossFnInputs;
    const isLearnt = Array.from(weights!.data, weight => weight > 0);
    expect(Array.from(weights!.data).reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 6);
    return toyTokenizer.decode(Array.from(targets!.data).filter((_, i) => isLearnt[i]));
  });
  expect(learnt).toEqual(['1<|im_end|>', '22<|im_end|>', '333<|im_end|>']);
  expect(texts.count(batch)).toEqual({ answer_tokens: 9, empty_answers: 0, cut_answers: 0 });
});

test('forward KL: what the teacher finds its own tokens likelier than the student does, per token', async () => {
  const texts = await open(saying('1', '22', '333'));
  const batch = await texts.getBatch(0, 0);
  const logprobs = batch.map(({ lossFnInputs }) =>
    Array.from(lossFnInputs['weights']!.data, weight => (weight > 0 ? -2 : -100)),
  );
  expect(texts.forwardKl(batch, logprobs)['teacher_forward_kl']).toBeCloseTo(1.5, 6);
});

const read = async (epoch: number, seed: number) =>
  JSON.stringify(await (await open(toy, { seed })).getBatch(epoch, 0));

test('the same place has the same answers whenever asked, another epoch and another seed have others', async () => {
  const first = await read(0, 0);
  expect(await read(0, 0)).toBe(first);
  expect(await read(1, 0)).not.toBe(first);
  expect(await read(0, 1)).not.toBe(first);
});

test('an answer that the limit cut is learnt without an end, and counted', async () => {
  const texts = await open(toy, { maxTokens: 1 });
  expect(texts.count(await texts.getBatch(0, 0))).toMatchObject({ answer_tokens: 3, cut_answers: 3 });
});

test('empty answers are left out and counted; a batch of nothing else ends the run', async () => {
  const some = await open(saying('', 'x', ' '), { concurrency: 1 });
  const batch = await some.getBatch(0, 0);
  expect(batch).toHaveLength(1);
  expect(some.count(batch)).toMatchObject({ empty_answers: 2, answer_tokens: 2 });
  const none = await open(saying());
  await expect(none.getBatch(0, 0)).rejects.toMatchObject({
    code: 'TEACHER_ANSWERS_EMPTY',
    at: 'large, asked from rows.jsonl',
    found: '3 empty answers in a row',
  });
});
