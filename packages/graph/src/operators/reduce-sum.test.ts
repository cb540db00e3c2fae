import { expect, test } from 'vitest';
import { expectGradientsToMatch } from '../../test/finite-differences.js';
import { evaluate } from '../../test/run.js';
import { Graph } from '../graph.js';
import { multiply } from './multiply.js';
import { reduceMax } from './reduce-max.js';
import { reduceSum } from './reduce-sum.js';

const x = { shape: [2, 3], values: [1, 2, 3, 4, 6, 5] };

test('sums and maxima run over the axes given, or over all', async () => {
  const input = new Graph().input('x', 'float32', ['n', 3]);
  expect(await evaluate(reduceSum(input), { x })).toEqual({ shape: [], values: [21] });
  expect(await evaluate(reduceSum(input, { axes: [0] }), { x })).toEqual({ shape: [3], values: [5, 8, 8] });
  expect(await evaluate(reduceMax(input, { axes: [-1], keepDimensions: true }), { x })).toEqual({
    shape: [2, 1],
    values: [3, 6],
  });
});

test('the gradient of a sum is spread over what was summed, also along a named dimension', async () => {
  for (const options of [{}, { axes: [0] }, { axes: [-1], keepDimensions: true }, { axes: [1] }])
    await expectGradientsToMatch({
      inputs: { x: ['n', 3] },
      sizes: { n: 2 },
      build: ({ x: input }) => reduceSum(multiply(input!, input!), options),
    });
});
