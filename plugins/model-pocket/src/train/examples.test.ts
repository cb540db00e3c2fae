import { inputTokens } from '@tinsmith/core';
import { createTokenizer } from '@tinsmith/tokenizers';
import { expect, test } from 'vitest';
import { trainBytePairs } from './bpe.js';
import { batchData } from './examples.js';
import { createRenderer } from './renderer.js';
import { tokenizerFiles } from './tokenizer-files.js';
import type { Turn } from './turn.js';

const files = tokenizerFiles(trainBytePairs(['What is', 'assistant'], 265), 128);
const tokenizer = createTokenizer(files['tokenizer.json'], files['tokenizer_config.json']);
const renderer = createRenderer(tokenizer);

const chats: Turn[][] = [
  [
    { role: 'user', content: 'What is 4 + 5?' },
    { role: 'assistant', content: '9' },
    { role: 'user', content: 'What is 10 + 5?' },
    { role: 'assistant', content: '15' },
  ],
  [
    { role: 'user', content: 'Hi' },
    { role: 'assistant', content: 'Hello' },
  ],
];

test('the targets are what the assistant says and the end of its turn, nothing else', () => {
  const [first, second] = batchData(chats, renderer).map(({ lossFnInputs }) => {
    const targets = Array.from(lossFnInputs['target_tokens']!.data);
    const weights = Array.from(lossFnInputs['weights']!.data);
    return tokenizer.decode(targets.filter((_, index) => weights[index]! > 0));
  });
  expect(first).toBe('9<|im_end|>15<|im_end|>');
  expect(second).toBe('Hello<|im_end|>');
});

test('every target follows its input by one token', () => {
  for (const datum of batchData(chats, renderer)) {
    const inputs = inputTokens(datum.modelInput);
    const targets = Array.from(datum.lossFnInputs['target_tokens']!.data);
    expect(targets.slice(0, -1)).toEqual(inputs.slice(1));
  }
});

test('weights are equal and add up to one over the batch', () => {
  const weights = batchData(chats, renderer).flatMap(datum =>
    Array.from(datum.lossFnInputs['weights']!.data),
  );
  const used = weights.filter(weight => weight > 0);
  expect(new Set(used).size).toBe(1);
  expect(used.reduce((sum, weight) => sum + weight, 0)).toBeCloseTo(1, 12);
});
