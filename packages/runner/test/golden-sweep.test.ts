/** Grids, folders and budgets of sweeps against the reference's. */
import { expect } from 'vitest';
import { testGoldenRows } from '../../training/test/golden.js';
import { folderName, gridPoints, stepsOfBudget } from '../src/sweep/grid.js';

interface Grid {
  readonly axes: Readonly<Record<string, readonly unknown[]>>;
}
interface Points {
  readonly points: readonly object[];
  readonly folders: readonly string[];
}

testGoldenRows<Grid, Points>('checkpoints_logs', 'sweep_grid', ({ input, expected }) => {
  const points = gridPoints(Object.entries(input.axes).map(([name, values]) => ({ name, values })));
  expect(points.map(point => Object.fromEntries(point.map(({ name, value }) => [name, value])))).toEqual(
    expected.points,
  );
  expect(points.map(folderName)).toEqual(expected.folders);
});

// Deviation: `tinsmith sweep` refuses a budget below one batch, which gives no step here as in the reference.
testGoldenRows<{ training_budget_examples: number; batch_size: number }, { max_steps: number }>(
  'checkpoints_logs',
  'sweep_budget',
  ({ input, expected }) =>
    expect(stepsOfBudget(input.training_budget_examples, input.batch_size)).toBe(expected.max_steps),
);
