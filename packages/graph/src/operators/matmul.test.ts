import { describe, expect, test } from 'vitest';
import { expectGradientsToMatch } from '../../test/finite-differences.js';
import { evaluate } from '../../test/run.js';
import { Graph } from '../graph.js';
import { matMul } from './matmul.js';
import { multiply } from './multiply.js';

const flags = [false, true].flatMap(transposeLeft =>
  [false, true].map(transposeRight => ({ transposeLeft, transposeRight })),
);

describe.each(flags)(
  'matMul with $transposeLeft and $transposeRight transposes',
  ({ transposeLeft, transposeRight }) => {
    const left = transposeLeft ? [3, 'n'] : ['n', 3];
    const right = transposeRight ? [4, 3] : [3, 4];

    test('multiplies matrices and has their gradients', async () => {
      await expectGradientsToMatch({
        inputs: { left, right, plus: [4] },
        sizes: { n: 2 },
        build: t =>
          matMul(t['left']!, t['right']!, { transposeLeft, transposeRight, scale: 0.5, plus: t['plus'] }),
      });
    });

    test('multiplies batches and has their gradients', async () => {
      await expectGradientsToMatch({
        inputs: { left: ['batch', 2, ...left], right: ['batch', 2, ...right], plus: ['n', 4] },
        sizes: { n: 2, batch: 2 },
        build: t =>
          matMul(t['left']!, t['right']!, { transposeLeft, transposeRight, scale: 0.5, plus: t['plus'] }),
      });
    });
  },
);

test('the product is scale * left right + plus', async () => {
  const graph = new Graph();
  const left = graph.input('left', 'float32', [2, 2]);
  const right = graph.input('right', 'float32', [2, 2]);
  const inputs = {
    left: { shape: [2, 2], values: [1, 2, 3, 4] },
    right: { shape: [2, 2], values: [5, 6, 7, 8] },
  };
  const product = matMul(left, right, { transposeRight: true, scale: 2, plus: left });
  expect((await evaluate(product, inputs)).values).toEqual([35, 48, 81, 110]);
});

test('several products of one tensor add their gradients up', async () => {
  await expectGradientsToMatch({
    inputs: { x: ['n', 3], w: [3, 3] },
    sizes: { n: 2 },
    build: ({ x, w }) => multiply(matMul(matMul(x!, w!), w!, { transposeRight: true, plus: x! }), x!),
  });
});

test('names the shapes that cannot be multiplied', () => {
  const graph = new Graph();
  const x = graph.input('x', 'float32', ['n', 3]);
  const w = graph.input('w', 'float32', [4, 5]);
  expect(() => matMul(x, w, { transposeRight: true })).toThrow(
    'MatMul: [n, 3] and [4, 5] transposed cannot be multiplied',
  );
  expect(() => matMul(x, graph.input('v', 'float32', [3, 4]), { plus: w })).toThrow('Gemm');
});
