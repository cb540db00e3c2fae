import { expect, test } from 'vitest';
import { expectGradientsToMatch } from '../../test/finite-differences.js';
import { evaluate } from '../../test/run.js';
import { Graph } from '../graph.js';
import { matMul } from './matmul.js';
import { softmax } from './softmax.js';
import { softmaxMatMul } from './softmax-matmul.js';

test('softmax has the gradient of its finite differences', async () => {
  await expectGradientsToMatch({ inputs: { x: ['n', 4] }, sizes: { n: 2 }, build: ({ x }) => softmax(x!) });
});

test('softmaxMatMul has the gradients of its finite differences', async () => {
  await expectGradientsToMatch({
    inputs: { scores: ['n', 2, 3, 4], values: ['n', 2, 4, 2] },
    sizes: { n: 2 },
    build: t => softmaxMatMul(t['scores']!, t['values']!),
  });
});

test('softmaxMatMul is the product of the softmax', async () => {
  const graph = new Graph();
  const scores = graph.input('scores', 'float32', [2, 3]);
  const values = graph.input('values', 'float32', [3, 2]);
  const inputs = {
    scores: { shape: [2, 3], values: [1, -2, 0.5, 30, 31, -1e9] },
    values: { shape: [3, 2], values: [1, 2, 3, 4, 5, 6] },
  };
  const expected = await evaluate(matMul(softmax(scores), values), inputs);
  expect(await evaluate(softmaxMatMul(scores, values), inputs)).toEqual(expected);
});
