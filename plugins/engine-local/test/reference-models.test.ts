import { modelInput } from '@tinsmith/core';
import { expect, test } from 'vitest';
import { openEngine, readReference, stories260K, tinyStories } from './support.js';

interface Reference {
  readonly prompt: {
    readonly text: string;
    readonly token_ids: number[];
    readonly next_token_logprobs: number[];
  };
  readonly greedy_continuation?: { readonly token_ids: number[]; readonly text: string };
  readonly greedy_from_bos?: { readonly token_ids: number[]; readonly text: string };
}

test.each([tinyStories, stories260K])('%s scores a prompt as the reference does', async baseModel => {
  const { prompt } = readReference(baseModel) as unknown as Reference;
  const client = await openEngine().createSamplingClient({ baseModel });
  const logprobs = await client.computeLogprobs(modelInput(prompt.token_ids));
  expect(logprobs[0]).toBeNull();
  expect(logprobs).toHaveLength(prompt.token_ids.length);
  prompt.next_token_logprobs.forEach((expected, i) =>
    expect(Math.abs(logprobs[i + 1]! - expected)).toBeLessThan(1e-4),
  );
});

test('TinyStories-656K tells the reference story, to its end token', async () => {
  const { prompt, greedy_continuation: story } = readReference(tinyStories) as unknown as Reference;
  const engine = openEngine();
  const client = await engine.createSamplingClient({ baseModel: tinyStories });
  const { sequences } = await client.sample({
    prompt: modelInput(prompt.token_ids),
    numSamples: 1,
    samplingParams: { temperature: 0 },
  });
  expect(sequences[0]!.tokens).toEqual(story!.token_ids);
  expect(sequences[0]!.stopReason).toBe('stop');
  const tokenizer = await engine.getTokenizer(tinyStories);
  expect(tokenizer.decode(sequences[0]!.tokens.slice(0, -1))).toBe(story!.text); // the reference shows no control token
});

test('stories260K tells the reference story from nothing but the begin token', async () => {
  const { greedy_from_bos: story } = readReference(stories260K) as unknown as Reference;
  const client = await openEngine().createSamplingClient({ baseModel: stories260K });
  const { sequences } = await client.sample({
    prompt: modelInput([1]),
    numSamples: 1,
    samplingParams: { temperature: 0, maxTokens: story!.token_ids.length },
  });
  expect(sequences[0]!.tokens).toEqual(story!.token_ids);
  expect(sequences[0]!.stopReason).toBe('length');
});

test('a whole context is filled, and no more', async () => {
  const client = await openEngine().createSamplingClient({ baseModel: stories260K });
  const { sequences } = await client.sample({
    prompt: modelInput([1, 403, 407]),
    numSamples: 2,
    samplingParams: { stop: [], seed: 1 },
  });
  expect(sequences.map(({ tokens, stopReason }) => [tokens.length, stopReason])).toEqual([
    [509, 'length'],
    [509, 'length'],
  ]);
  const whole = [1, 403, 407, ...sequences[1]!.tokens];
  const scored = await client.computeLogprobs(modelInput(whole));
  sequences[1]!.logprobs.forEach((logprob, i) =>
    expect(Math.abs(logprob - scored[i + 3]!)).toBeLessThan(1e-4),
  );
});
