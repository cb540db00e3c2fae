import type { Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import type { ModelConfig } from '../model/index.js';
import { float32Tensor } from '../worker/graph-sessions.js';
import { bucketFor, KeyValueCache } from './key-value-cache.js';

const config = { layers: 2, keyValueHeads: 2, headSize: 3 } as ModelConfig;
/** Distinct numbers, so that any mix-up shows. */
const numbered = (length: number, start: number) => Float32Array.from({ length }, (_, i) => start + i);

/** What the graph would see of one position. */
function entry(
  cache: KeyValueCache,
  rows: number,
  kind: 'key' | 'value',
  layer: number,
  row: number,
  head: number,
  position: number,
): number[] {
  const { data, dims } = cache.feeds(rows)[`past_${kind}.${layer}`] as Tensor;
  const [, heads, capacity, size] = dims as [number, number, number, number];
  const start = ((row * heads + head) * capacity + position) * size;
  return [...(data as Float32Array).subarray(start, start + size)];
}

const prompt = {
  length: 2,
  keys: [numbered(12, 0), numbered(12, 100)],
  values: [numbered(12, 200), numbered(12, 300)],
};

test('a prompt, a step and a move keep every number in its place, also when the capacity grows', () => {
  const cache = new KeyValueCache(config, 3);
  cache.reserve(3);
  cache.fill(0, prompt);
  cache.fill(2, prompt);
  cache.append([2, 2, 2], outputs(3));
  expect(entry(cache, 3, 'key', 1, 0, 1, 0)).toEqual([106, 107, 108]);
  expect(entry(cache, 3, 'value', 0, 2, 0, 1)).toEqual([203, 204, 205]);
  expect(entry(cache, 3, 'value', 1, 2, 1, 2)).toEqual([4015, 4016, 4017]); // row 2, head 1

  cache.reserve(cache.capacity + 1);
  expect(entry(cache, 3, 'key', 1, 0, 1, 0)).toEqual([106, 107, 108]);
  expect(entry(cache, 3, 'value', 1, 2, 1, 2)).toEqual([4015, 4016, 4017]);

  cache.move(2, 0);
  expect(entry(cache, 1, 'value', 1, 0, 1, 2)).toEqual([4015, 4016, 4017]);
  expect(entry(cache, 1, 'value', 0, 0, 0, 1)).toEqual([203, 204, 205]);
});

test('the graph sees only the rows in use', () => {
  const cache = new KeyValueCache(config, 4);
  cache.reserve(1);
  expect(cache.feeds(2)['past_key.0']!.dims).toEqual([2, 2, 32, 3]);
});

test('capacities grow by half or a third', () => {
  expect([1, 32, 33, 48, 49, 65, 100, 129].map(bucketFor)).toEqual([32, 32, 48, 48, 64, 96, 128, 192]);
});

function outputs(rows: number): Record<string, Tensor> {
  const shape = [rows, 2, 1, 3];
  return {
    'key.0': float32Tensor(numbered(rows * 6, 1000), shape),
    'key.1': float32Tensor(numbered(rows * 6, 2000), shape),
    'value.0': float32Tensor(numbered(rows * 6, 3000), shape),
    'value.1': float32Tensor(numbered(rows * 6, 4000), shape),
  };
}
