import { expect, test } from 'vitest';
import { expectGradientsToMatch } from '../../test/finite-differences.js';
import { evaluate } from '../../test/run.js';
import { Graph } from '../graph.js';
import { after } from './after.js';
import { exp } from './exp.js';
import { multiply } from './multiply.js';

test('after waits for others and changes nothing', async () => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', ['n', 2]);
  const other = graph.input('other', 'float32', [3]);
  const y = after(x, [exp(other), x]);
  expect(y.shape).toEqual(['n', 2]);
  const inputs = { x: { shape: [1, 2], values: [1, 2] }, other: { shape: [3], values: [0, 0, 0] } };
  expect(await evaluate(y, inputs)).toEqual(inputs.x);
});

test('after has the gradient of its finite differences', async () => {
  await expectGradientsToMatch({
    inputs: { x: [3] },
    build({ x }) {
      const y = after(x!, [exp(x!)]);
      return multiply(y, y);
    },
  });
});
