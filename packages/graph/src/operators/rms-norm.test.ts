import { expect, test } from 'vitest';
import { expectGradientsToMatch } from '../../test/finite-differences.js';
import { evaluate } from '../../test/run.js';
import { Graph } from '../graph.js';
import { rmsNorm } from './rms-norm.js';

test('rmsNorm divides by the root of the mean square and multiplies by the weight', async () => {
  const graph = new Graph();
  const output = rmsNorm(graph.input('x', 'float32', ['n', 2]), graph.input('weight', 'float32', [2]), 0.5);
  const { values } = await evaluate(output, {
    x: { shape: [1, 2], values: [3, 4] },
    weight: { shape: [2], values: [1, 2] },
  });
  const root = Math.sqrt((9 + 16) / 2 + 0.5);
  expect(values[0]).toBeCloseTo(3 / root, 6);
  expect(values[1]).toBeCloseTo(8 / root, 6);
});

test.each([[['n', 4]], [['n', 2, 4]]])(
  'rmsNorm of %s has the gradients of its finite differences',
  async shape => {
    await expectGradientsToMatch({
      inputs: { x: shape, weight: [4] },
      sizes: { n: 2 },
      build: t => rmsNorm(t['x']!, t['weight']!, 0.1),
    });
  },
);

test('refuses a weight of another size', () => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', ['n', 4]);
  expect(() => rmsNorm(x, graph.input('weight', 'float32', [3]), 1e-5)).toThrow('[n, 4] and a weight of [3]');
});
