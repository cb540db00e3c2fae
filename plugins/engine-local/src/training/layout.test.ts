import { expect, test } from 'vitest';
import { Layout, offsetsOf } from './layout.js';

const data = {
  lengths: Int32Array.of(2, 1),
  choices: Int32Array.of(1, 3),
  tokens: Int32Array.of(5, 6, 7),
  targets: Int32Array.of(1, 2, 10, 11, 12),
  values: {},
};
const batch = { rows: [1, 0], time: 2, choices: 3 };
const layout = (least = { time: 1, scored: 1 }) => new Layout(batch, data, offsetsOf(data), least);

test('tokens are padded on the right, what is scored is not', () => {
  expect([...layout().tokens()]).toEqual([7, 0, 5, 6]);
  expect([...layout().rows()]).toEqual([0, 2, 3]);
  expect([...layout().cells(data.targets, new Int32Array(9))]).toEqual([10, 11, 12, 1, 0, 0, 2, 0, 0]);
});

test('rows are lengthened and filled up to what a graph needs', () => {
  const filled = layout({ time: 4, scored: 5 });
  expect([...filled.tokens()]).toEqual([7, 0, 0, 0, 5, 6, 0, 0]);
  expect([...filled.rows()]).toEqual([0, 4, 5, 0, 0]);
  expect(filled.cellCount).toBe(15);
});

test('results come back in the order of the caller', () => {
  const padded = Float32Array.of(0.1, 0.2, 0.3, 0.4, 9, 9, 0.5, 9, 9);
  const flat = new Float32Array(5);
  layout().uncells(padded, flat);
  expect(flat).toEqual(Float32Array.of(0.4, 0.5, 0.1, 0.2, 0.3));
});
