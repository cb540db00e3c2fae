import { inputTokens, type Message, modelInput, type Renderer, textOf } from '@tinsmith/core';
import { expect, test } from 'vitest';
import { byteTokenizer } from '../../testkit/src/byte-tokenizer.js';
import { task } from './task.js';

const tokenizer = byteTokenizer([]);
/** A prompt is the bytes of the last message; an answer is read as it is. */
const renderer = {
  stopSequences: [0],
  buildGenerationPrompt: (messages: readonly Message[]) =>
    modelInput(tokenizer.encode(textOf(messages.at(-1)!))),
  parseResponse: (tokens: readonly number[]) => ({
    message: { role: 'assistant', content: tokenizer.decode(tokens) },
    termination: 'stop_sequence',
  }),
} as unknown as Renderer;

const words = ['tin', 'iron', 'zinc', 'lead', 'gold'];
const create = (seed = 0) =>
  task({
    rows: words,
    testRows: ['copper'],
    prompt: word => `Say ${word}`,
    reward: (answer, word) => (answer === word ? { reward: 1, metrics: { letters: word.length } } : 0),
    passes: 2,
    tag: word => (word.length > 3 ? 'long' : 'short'),
  }).createDataset({ renderer, tokenizer, groupSize: 3, groupsPerBatch: 4, seed, options: undefined });

/** The prompts of all batches, in order. */
const asked = async (seed: number) => {
  const { train } = await create(seed);
  expect(train.length).toBe(3);
  const prompts: string[] = [];
  for (let index = 0; index < train.length; index++) {
    for (const builder of await train.getBatch(index)) {
      const envs = await builder.makeEnvs();
      expect(envs).toHaveLength(3);
      prompts.push(tokenizer.decode(inputTokens((await envs[0]!.initialObservation()).input)));
    }
  }
  return prompts;
};

test('a run meets each row as often as there are passes, in another order each time, the same for a seed', async () => {
  const prompts = await asked(0);
  const all = words.map(word => `Say ${word}`).toSorted();
  expect(prompts.slice(0, 5).toSorted()).toEqual(all);
  expect(prompts.slice(5).toSorted()).toEqual(all);
  expect(prompts.slice(5)).not.toEqual(prompts.slice(0, 5));
  expect(await asked(0)).toEqual(prompts);
  expect(await asked(1)).not.toEqual(prompts);
});

test('an answer gets its reward, and people see what was asked and answered', async () => {
  const { test: held } = await create();
  const [builder] = await held!.getBatch(0);
  expect(builder!.tags).toEqual(['long']);
  const [env, ...others] = await builder!.makeEnvs();
  expect(others).toEqual([]); // groups of one: only means count
  const say = (answer: string) => {
    const tokens = tokenizer.encode(answer);
    return env!.step({ tokens, logprobs: tokens.map(() => -1), stopReason: 'stop' });
  };
  expect(await say('copper')).toEqual({
    reward: 1,
    episodeDone: true,
    metrics: { letters: 6, format: 1 },
    logs: { question: 'Say copper', answer: 'copper' },
  });
  expect(await say('brass')).toMatchObject({ reward: 0, metrics: { format: 1 } });
});
