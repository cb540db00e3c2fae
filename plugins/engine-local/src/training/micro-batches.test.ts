import { describe, expect, test } from 'vitest';
import { planMicroBatches } from './micro-batches.js';

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
