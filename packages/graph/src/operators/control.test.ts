import { expect, test } from 'vitest';
import { expectGradientsToMatch } from '../../test/finite-differences.js';
import { evaluate } from '../../test/run.js';
import { Graph } from '../graph.js';
import { gradients } from '../gradients.js';
import { cast } from './cast.js';
import { equal, less, lessOrEqual } from './compare.js';
import { multiply } from './multiply.js';
import { range } from './range.js';
import { reduceSum } from './reduce-sum.js';
import { shapeValues } from './shape-values.js';
import { stopGradient } from './stop-gradient.js';
import { where } from './where.js';

const x = { shape: [3], values: [1, 2, 3] };

test('comparisons are elementwise', async () => {
  const input = new Graph().input('x', 'float32', [3]);
  expect((await evaluate(cast(equal(input, 2), 'float32'), { x })).values).toEqual([0, 1, 0]);
  expect((await evaluate(cast(less(input, 2), 'float32'), { x })).values).toEqual([1, 0, 0]);
  expect((await evaluate(cast(lessOrEqual(input, 2), 'float32'), { x })).values).toEqual([1, 1, 0]);
});

test('where passes the gradient to what it chose, and none through its condition', async () => {
  await expectGradientsToMatch({
    inputs: { a: ['n', 3], b: [3] },
    sizes: { n: 2 },
    values: { a: [1, -1, 2, -2, 1, 3], b: [2, 1, 3] },
    build: t => where(less(0, t['a']!), multiply(t['a']!, t['a']!), multiply(t['a']!, t['b']!)),
  });
});

test('stopGradient makes a constant of a value', async () => {
  const input = new Graph().input('x', 'float32', [3]);
  const [gradient] = gradients(reduceSum(multiply(stopGradient(multiply(input, input)), input)), [input]);
  expect((await evaluate(gradient, { x })).values).toEqual([1, 4, 9]);
});

test('range and shapeValues read dimensions when the graph runs', async () => {
  const graph = new Graph();
  graph.input('x', 'float32', ['n']);
  expect((await evaluate(range(graph, 'n'), { x })).values).toEqual([0, 1, 2]);
  expect((await evaluate(shapeValues(graph, [7, 'n', '2*n+1', 'n*n']), { x })).values).toEqual([7, 3, 7, 9]);
});
