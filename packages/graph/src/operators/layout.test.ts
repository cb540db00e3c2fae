import { describe, expect, test } from 'vitest';
import { type GradientCheck, expectGradientsToMatch } from '../../test/finite-differences.js';
import { evaluate } from '../../test/run.js';
import { gradients } from '../gradients.js';
import { Graph } from '../graph.js';
import { broadcastTo } from './broadcast-to.js';
import { concat } from './concat.js';
import { multiply } from './multiply.js';
import { reduceSum } from './reduce-sum.js';
import { reshape } from './reshape.js';
import { slice } from './slice.js';
import { split } from './split.js';
import { sumTo } from './sum-to.js';
import { transpose } from './transpose.js';

const sixth = [0, 1, 2, 3, 4, 5];

describe('reshape', () => {
  test('keeps the order of the elements, with several named dimensions', async () => {
    const graph = new Graph();
    graph.input('tokens', 'int64', ['batch', 'time']);
    const rows = graph.input('x', 'float32', ['batch*time', 6]);
    const byHead = reshape(rows, ['batch', 'time', 2, 3]);
    const grouped = reshape(transpose(byHead, [0, 2, 1, 3]), ['batch', 1, '2*time', 3]);
    expect(grouped.shape).toEqual(['batch', 1, '2*time', 3]);
    const values = Array.from({ length: 36 }, (_, i) => i);
    const tokens = { shape: [2, 3], values: sixth };
    const result = await evaluate(grouped, { tokens, x: { shape: [6, 6], values } });
    expect(result.shape).toEqual([2, 1, 6, 3]);
    expect(result.values.slice(0, 9)).toEqual([0, 1, 2, 6, 7, 8, 12, 13, 14]);
  });

  test('refuses another number of elements', () => {
    const x = new Graph().input('x', 'float32', ['n', 6]);
    expect(() => reshape(x, ['n', 5])).toThrow('Reshape: [n, 6] and [n, 5] differ in the number of elements');
    expect(reshape(x, ['2*n', 3]).shape).toEqual(['2*n', 3]);
  });

  test('refuses a dimension that it cannot learn from an input', () => {
    const x = new Graph().input('x', 'float32', ['rows*columns', 6]);
    expect(() => reshape(x, ['rows', 'columns', 6])).toThrow('no input of the graph has a dimension "rows"');
  });
});

test('transpose moves axes', async () => {
  const x = new Graph().input('x', 'float32', [2, 3]);
  const result = await evaluate(transpose(x, [1, 0]), { x: { shape: [2, 3], values: sixth } });
  expect(result).toEqual({ shape: [3, 2], values: [0, 3, 1, 4, 2, 5] });
  expect(() => transpose(x, [0, 0])).toThrow('Transpose: 0,0 does not order the axes of [2, 3]');
});

test('concat joins and slice cuts, with sums of named dimensions', async () => {
  const graph = new Graph();
  const left = graph.input('left', 'float32', [2, 'n']);
  const right = graph.input('right', 'float32', [2, 1]);
  const both = concat([left, right], -1);
  expect(both.shape).toEqual([2, 'n+1']);
  const inputs = { left: { shape: [2, 2], values: [1, 2, 3, 4] }, right: { shape: [2, 1], values: [5, 6] } };
  expect((await evaluate(both, inputs)).values).toEqual([1, 2, 5, 3, 4, 6]);
  const last = slice(both, { axis: 1, start: 'n', end: 'n+1' });
  expect(last.shape).toEqual([2, 1]);
  expect((await evaluate(last, inputs)).values).toEqual([5, 6]);
  expect(() => concat([left, graph.input('tall', 'float32', [3, 1])], 1)).toThrow('differ beside axis 1');
  expect(() => slice(right, { axis: 1, start: 0, end: 2 })).toThrow(
    'Slice: 0 to 2 does not fit an axis of 1',
  );
});

test('split cuts at sizes that are given when the graph runs', async () => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', [1, 'n']);
  graph.dimension('first');
  const parts = split(x, ['first', 'n-first'], -1);
  expect(parts.map(part => part.shape)).toEqual([
    [1, 'first'],
    [1, '-1*first+n'],
  ]);
  const inputs = { x: { shape: [1, 6], values: sixth }, first: { shape: [1], values: [2] } };
  expect(await evaluate(parts[1]!, inputs)).toEqual({ shape: [1, 4], values: [2, 3, 4, 5] });
  expect(split(x, ['n'], 1)).toEqual([x]);
  expect(() => split(x, ['first', 2], 1)).toThrow('Split: first, 2 do not add up to axis 1 of [1, n]');
});

test('broadcastTo repeats and sumTo adds up', async () => {
  const x = new Graph().input('x', 'float32', [2, 1]);
  const repeated = broadcastTo(x, [2, 2, 3]);
  const value = { x: { shape: [2, 1], values: [1, 2] } };
  expect((await evaluate(repeated, value)).values).toEqual([1, 1, 1, 2, 2, 2, 1, 1, 1, 2, 2, 2]);
  expect(await evaluate(sumTo(repeated, [2, 1]), value)).toEqual({ shape: [2, 1], values: [6, 12] });
});

const inputs = { x: ['n', 4] };
const checks: readonly (readonly [string, GradientCheck['build']])[] = [
  ['reshape', ({ x }) => reshape(x!, ['2*n', 2])],
  ['transpose', ({ x }) => transpose(reshape(x!, ['n', 2, 2]), [2, 0, 1])],
  ['concat', ({ x }) => concat([x!, multiply(x!, x!)], 0)],
  ['slice', ({ x }) => slice(x!, { axis: 1, start: 1, end: 2 })],
  [
    'split',
    ({ x }) => {
      const [first, second] = split(x!, [1, 3], 1);
      return multiply(first!, second!);
    },
  ],
  ['a part of a split', ({ x }) => split(x!, [1, 2, 1], 1)[1]!],
  ['slice of a named dimension', ({ x }) => slice(concat([x!, x!], 0), { axis: 0, start: 'n', end: '2*n' })],
  ['broadcastTo', ({ x }) => broadcastTo(x!, [3, 'n', 4])],
  ['sumTo', ({ x }) => sumTo(x!, [1, 4])],
];
test.each(checks)('%s has the gradient of its finite differences', async (_name, build) => {
  // Squared, because the gradient of what is linear does not tell where it was taken.
  const squared: GradientCheck['build'] = (tensors, indices) => {
    const y = build(tensors, indices);
    return multiply(y, y);
  };
  await expectGradientsToMatch({ inputs, sizes: { n: 3 }, build: squared });
});

test('the gradient of a gradient of a slice, whose rule pads, is right too', async () => {
  await expectGradientsToMatch({
    inputs: { x: [4] },
    build({ x }) {
      const part = slice(x!, { axis: 0, start: 1, end: 2 });
      const [first] = gradients(reduceSum(multiply(multiply(part, part), part)), [x!]);
      return first;
    },
  });
});
