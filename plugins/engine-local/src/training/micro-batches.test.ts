import { describe, expect, test } from 'vitest';
import { offsetsOf, padCells, padTokens, planMicroBatches, unpadCells } from './micro-batches.js';

const lengths = Int32Array.of(3, 9, 1, 4, 9, 2);
const ones = new Int32Array(lengths.length).fill(1);

describe('a plan', () => {
  test('has every datum once, longest first, within the budget', () => {
    const plan = planMicroBatches({ lengths, choices: ones }, 18);
    expect(plan.flatMap(batch => batch.rows)).toEqual([1, 4, 3, 0, 5, 2]);
    expect(plan.map(({ rows, time }) => [rows.length, time])).toEqual([
      [2, 9],
      [4, 4],
    ]);
  });

  test('gives a datum that is longer than the budget a micro-batch of its own', () => {
    expect(planMicroBatches({ lengths, choices: ones }, 1).map(({ rows }) => rows.length)).toEqual([
      1, 1, 1, 1, 1, 1,
    ]);
  });

  test('keeps single targets and several apart', () => {
    const plan = planMicroBatches({ lengths, choices: Int32Array.of(1, 1, 3, 1, 2, 1) }, 100);
    expect(plan.map(({ rows, choices }) => [rows, choices])).toEqual([
      [[1, 3, 0, 5], 1],
      [[4, 2], 3],
    ]);
  });
});

describe('padding', () => {
  const data = {
    lengths: Int32Array.of(2, 1),
    choices: Int32Array.of(1, 3),
    tokens: Int32Array.of(5, 6, 7),
    targets: Int32Array.of(1, 2, 10, 11, 12),
    values: {},
  };
  const offsets = offsetsOf(data);
  const batch = { rows: [1, 0], time: 2, choices: 3 };

  test('fills rows on the right, and targets of each position', () => {
    expect([...padTokens(batch, data, offsets)]).toEqual([7, 0, 5, 6]);
    expect([...padCells(data.targets, new Int32Array(12), batch, data, offsets)]).toEqual(
      [10, 11, 12, 0, 0, 0, 1, 0, 0, 2, 0, 0], // datum 1, then datum 0
    );
  });

  test('is undone in the order of the caller', () => {
    const padded = Float32Array.of(0.1, 0.2, 0.3, 9, 9, 9, 0.4, 9, 9, 0.5, 9, 9);
    const flat = new Float32Array(5);
    unpadCells(padded, flat, batch, data, offsets);
    expect(flat).toEqual(Float32Array.of(0.4, 0.5, 0.1, 0.2, 0.3));
  });
});
