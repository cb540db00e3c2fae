import { expect, test } from 'vitest';
import type { Policy } from '../worker/policy.js';
import { bytesPerPosition, emptyKeyValues } from './key-values.js';
import { blockLength, PromptCache } from './prompt-cache.js';

const config = { layers: 2, keyValueHeads: 2, headSize: 4 };
const policy = { config } as Policy;
const bytes = blockLength * bytesPerPosition(policy.config);
const prompt = (row: number, blocks: number) =>
  Int32Array.from({ length: blocks * blockLength + 1 }, (_, t) => row * 1000 + t);

/** Numbers by which position, head and layer can be told. */
function numbered(length: number) {
  const keyValues = emptyKeyValues(policy.config, length);
  for (const [layer, keys] of keyValues.keys.entries())
    for (let i = 0; i < keys.length; i++) {
      keys[i] = layer * 10_000 + i;
      keyValues.values[layer]![i] = -keys[i]!;
    }
  return keyValues;
}

test('gives back the whole blocks of a beginning that it knows, and never the last token', () => {
  const cache = new PromptCache(Infinity);
  const tokens = prompt(1, 3);
  const all = numbered(tokens.length);
  cache.write(policy, tokens, all);
  const parted = tokens.slice();
  parted[2 * blockLength + 5] = -1;
  expect(cache.known(policy, tokens)).toBe(3 * blockLength);
  expect(cache.known(policy, parted)).toBe(2 * blockLength);
  expect(cache.known(policy, tokens.subarray(0, 2 * blockLength))).toBe(blockLength);

  const into = emptyKeyValues(policy.config, parted.length);
  expect(cache.read(policy, parted, into)).toBe(2 * blockLength);
  const [size, length] = [4, parted.length];
  for (const kind of ['keys', 'values'] as const)
    for (const layer of [0, 1])
      for (const head of [0, 1]) {
        const start = head * length * size;
        const known = (array: Float32Array) => [...array.subarray(start, start + 2 * blockLength * size)];
        expect(known(into[kind][layer]!)).toEqual(known(all[kind][layer]!));
      }
});

test('keeps a beginning once, and drops what was used least recently, the end of a prompt first', () => {
  const cache = new PromptCache(5 * bytes);
  const write = (tokens: Int32Array) => cache.write(policy, tokens, numbered(tokens.length));
  write(prompt(1, 3));
  write(prompt(1, 2));
  expect(cache.bytes).toBe(3 * bytes);
  write(prompt(2, 1));
  cache.read(policy, prompt(1, 2), emptyKeyValues(policy.config, 2 * blockLength + 1));
  write(prompt(3, 2));
  expect(cache.bytes).toBe(5 * bytes);
  expect([1, 2, 3].map(row => cache.known(policy, prompt(row, 3)) / blockLength)).toEqual([2, 1, 2]);
  write(prompt(4, 9)); // more than there is room for
  expect(cache.bytes).toBe(5 * bytes);
  expect(cache.known(policy, prompt(4, 9)) / blockLength).toBe(5);
});
