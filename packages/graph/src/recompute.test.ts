import { expect, test } from 'vitest';
import { compile } from '../test/run.js';
import { Graph, gradients, matMul, multiply, reduceSum, silu, type Tensor, toOnnx } from './index.js';

/** A layer whose gate is marked or not, and its gradients. */
function layer(isCheap: boolean): { graph: Graph; outputs: Record<string, Tensor> } {
  const graph = new Graph();
  const [x, v, w] = ['x', 'v', 'w'].map(name => graph.input(name, 'float32', [3, 3]));
  const inner = matMul(x!, v!);
  const make = (): Tensor => multiply(silu(inner), inner);
  const gated = isCheap ? graph.recomputed(make) : make();
  const loss = reduceSum(matMul(gated, w!));
  const [dv, dw] = gradients(loss, [v!, w!]);
  return { graph, outputs: { loss, dv, dw } };
}

const values = { shape: [3, 3], values: [0.5, -1, 2, 1, 0.25, -0.5, 3, -2, 1] };
const inputs = { x: values, v: values, w: values };
const count = (onnx: Uint8Array, operator: string): number =>
  Buffer.from(onnx)
    .toString('latin1')
    .split(`"${String.fromCharCode(operator.length)}${operator}`).length - 1;

test('what is made again for the backward pass is the same, bit for bit', async () => {
  const [kept, cheap] = [layer(false), layer(true)];
  const [first, second] = [await compile(kept.outputs), await compile(cheap.outputs)];
  expect(await second(inputs)).toEqual(await first(inputs));
});

test('only what the backward pass needs is made again', () => {
  const [kept, cheap] = [layer(false), layer(true)].map(({ outputs }) => toOnnx(outputs).onnx);
  expect([count(kept!, 'Sigmoid'), count(cheap!, 'Sigmoid')]).toEqual([1, 2]);
  expect(count(cheap!, 'Gemm')).toBe(count(kept!, 'Gemm'));
});

test('without a backward pass nothing is made again', () => {
  const { onnx } = toOnnx({ loss: layer(true).outputs['loss']! });
  expect(count(onnx, 'Sigmoid')).toBe(1);
});
