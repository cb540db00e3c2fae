import { inputTokens, Renderers, type SampledSequence } from '@tinsmith/core';
import renderers from '@tinsmith/renderers-chat';
import { createTestKit, toyTokenizer } from '@tinsmith/testkit';
import { expect, test } from 'vitest';
import { NumpyRandomState } from '@tinsmith/training';
import { arithmetic, drawPairs } from './arithmetic.js';

await using kit = await createTestKit({ plugins: [renderers()] });
const renderer = (await kit.get(Renderers, 'qwen3_instruct')).create(toyTokenizer);
const [end] = renderer.stopSequences as readonly number[];

async function firstEnv(options: { fewShot: boolean } = { fewShot: false }) {
  const groupsOf = { renderer, tokenizer: toyTokenizer, groupSize: 3, groupsPerBatch: 2, seed: 0 };
  const { train } = await arithmetic.createDataset({ ...groupsOf, options });
  const batch = await train.getBatch(0);
  return { train, batch, env: (await batch[0]!.makeEnvs())[0]! };
}

async function promptOf(fewShot: boolean) {
  const { input, stop } = await (await firstEnv({ fewShot })).env.initialObservation();
  expect(stop).toEqual([end]);
  return toyTokenizer.decode(inputTokens(input));
}

const [[x, y]] = drawPairs(new NumpyRandomState(0), 1) as [[number, number]];

function saying(text: string, stopReason: 'stop' | 'length' = 'stop'): SampledSequence {
  const tokens = [...toyTokenizer.encode(text), ...(stopReason === 'stop' ? [end!] : [])];
  return { tokens, logprobs: tokens.map(() => -1), stopReason };
}

test('has 100 batches of groups', async () => {
  const { train, batch } = await firstEnv();
  expect(train.length).toBe(100);
  expect(batch).toHaveLength(2);
  expect(await batch[0]!.makeEnvs()).toHaveLength(3);
  expect(batch[0]!.tags).toEqual(['arithmetic']);
});

test('asks for a sum, after one that is solved unless switched off', async () => {
  const question = `<|im_start|>user\nWhat is ${x} + ${y}?<|im_end|>\n<|im_start|>assistant\n`;
  expect(await promptOf(false)).toBe(question);
  expect(await promptOf(true)).toBe(
    `<|im_start|>user\nWhat is 4 + 5?<|im_end|>\n<|im_start|>assistant\n9<|im_end|>\n${question}`,
  );
});

test.each([
  ['the right answer', saying(String(x + y)), { reward: 1, metrics: { format: 1, correct: 1 } }],
  ['the right answer in a sentence', saying(`It is ${x + y}.`), { reward: 1 }],
  ['a wrong answer', saying('-1'), { reward: 0, metrics: { format: 1, correct: 0 } }],
  ['no answer', saying('well'), { reward: 0 }],
  [
    'a wrong answer that was cut off',
    saying('-1', 'length'),
    { reward: -0.1, metrics: { format: 0, correct: 0 } },
  ],
  ['the right answer that was cut off', saying(String(x + y), 'length'), { reward: 0.9 }],
])('gives %s its reward', async (_, action, expected) => {
  const { env } = await firstEnv();
  const result = await env.step(action);
  expect(result).toMatchObject({ ...expected, episodeDone: true });
});

test('tells people what was asked, answered and expected', async () => {
  const { env } = await firstEnv();
  expect(await env.step(saying('12'))).toMatchObject({
    logs: { question: `What is ${x} + ${y}?`, answer: '12', expected: String(x + y) },
  });
});
