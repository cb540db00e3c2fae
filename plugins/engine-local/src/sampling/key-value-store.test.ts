import type { Tensor } from 'onnxruntime-node';
import { expect, test } from 'vitest';
import type { ModelConfig } from '../model/index.js';
import { float32Tensor } from '../worker/graph-sessions.js';
import { KeyValueStore, lengthFor } from './key-value-store.js';

const config = { layers: 2, keyValueHeads: 2, headSize: 3 } as ModelConfig;
/** Distinct numbers, so that any mix-up shows. */
const numbered = (length: number, start: number) => Float32Array.from({ length }, (_, i) => start + i);

/** What the graph would see of one position. */
function entry(
  store: KeyValueStore,
  slots: number,
  kind: 'key' | 'value',
  layer: number,
  slot: number,
  head: number,
  position: number,
): number[] {
  const { data, dims } = store.feeds('past', slots)[`past_${kind}.${layer}`] as Tensor;
  const [, heads, , length, size] = dims as [number, number, number, number, number];
  const start = ((slot * heads + head) * length + position) * size;
  return [...(data as Float32Array).subarray(start, start + size)];
}

const sequence = {
  length: 2,
  keys: [numbered(12, 0), numbered(12, 100)],
  values: [numbered(12, 200), numbered(12, 300)],
};

test('a sequence, a step and a copy keep every number in its place, also when the room grows and shrinks', () => {
  const store = new KeyValueStore(config);
  store.fit(3, 3);
  store.fill(0, sequence);
  store.fill(2, sequence);
  store.append([2, 2, 2], outputs(3));
  const check = () => {
    expect(entry(store, 3, 'key', 1, 0, 1, 0)).toEqual([106, 107, 108]);
    expect(entry(store, 3, 'value', 0, 2, 0, 1)).toEqual([203, 204, 205]);
    expect(entry(store, 3, 'value', 1, 2, 1, 2)).toEqual([4015, 4016, 4017]); // row 2, head 1
  };
  check();
  for (const [slots, positions] of [
    [3, 100],
    [7, 100],
    [7, 3],
  ] as const) {
    store.fit(slots, positions);
    check();
  }
  expect(store.length).toBe(32);

  store.copy(2, 0);
  expect(entry(store, 1, 'value', 1, 0, 1, 2)).toEqual([4015, 4016, 4017]);
  expect(entry(store, 1, 'value', 0, 0, 0, 1)).toEqual([203, 204, 205]);
});

test('the graph sees only the slots in use, and nothing of what was given back', () => {
  const store = new KeyValueStore(config);
  store.fit(4, 1);
  expect(store.feeds('prompt', 2)['prompt_key.0']!.dims).toEqual([2, 2, 1, 32, 3]);
  store.clear();
  store.fit(1, 1);
  expect(store.feeds('prompt', 1)['prompt_key.1']!.dims).toEqual([1, 2, 1, 32, 3]);
});

test('lengths grow by half or a third, in multiples of 16', () => {
  expect([1, 32, 33, 48, 49, 65, 100, 129].map(lengthFor)).toEqual([32, 32, 48, 48, 64, 96, 128, 192]);
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
