import { expect, test } from 'vitest';
import { interleaveRows, splitRows } from './tensor-names.js';

test('rows of each head are interleaved as llama.cpp does it, and split again', () => {
  // Two heads of four rows, two elements each. permute() of convert_hf_to_gguf.py: reshape(heads, 2, size / 2, in).swapaxes(1, 2)
  const rows = [0, 1, 2, 3, 4, 5, 6, 7].flatMap(row => [row, row + 0.5]);
  const interleaved = [0, 2, 1, 3, 4, 6, 5, 7].flatMap(row => [row, row + 0.5]);
  expect([...interleaveRows(Float32Array.from(rows), 2, 4)]).toEqual(interleaved);
  expect([...splitRows(Float32Array.from(interleaved), 2, 4)]).toEqual(rows);
});

test('a bias moves like rows of one element', () => {
  expect([...interleaveRows(Float32Array.of(0, 1, 2, 3, 4, 5), 1, 6)]).toEqual([0, 3, 1, 4, 2, 5]);
});
