import { expect, test, vi } from 'vitest';
import { compile, evaluate } from '../test/run.js';
import {
  add,
  exp,
  Graph,
  GraphError,
  gradients,
  multiply,
  reduceMax,
  reduceSum,
  stopGradient,
  subtract,
  toOnnx,
} from './index.js';

const x = { shape: [2], values: [1, 2] };
const codeOf = (act: () => unknown): string | undefined => {
  try {
    act();
  } catch (error) {
    return error instanceof GraphError ? error.code : undefined;
  }
  return undefined;
};

test('equal nodes and equal constants are made once', () => {
  const graph = new Graph();
  const input = graph.input('x', 'float32', [2]);
  expect(exp(input)).toBe(exp(input));
  expect(graph.scalar(0.5)).toBe(graph.scalar(0.5));
  expect(graph.scalar(0)).not.toBe(graph.scalar(-0));
  expect(add(input, 1)).not.toBe(add(input, 2));
});

test('what no output needs is left out', () => {
  const graph = new Graph();
  const input = graph.input('x', 'float32', [2]);
  const other = graph.input('unused', 'float32', [2]);
  const before = toOnnx({ y: exp(input) }).onnx;
  add(exp(input), other);
  const after = toOnnx({ y: exp(input) });
  expect(after.onnx).toEqual(before);
  expect(after.inputs).toEqual([{ name: 'x', type: 'float32', shape: [2] }]);
  expect(after.outputs).toEqual([{ name: 'y', type: 'float32', shape: [2] }]);
});

test('an input can be an output under another name', async () => {
  const input = new Graph().input('x', 'float32', ['n']);
  expect((await evaluate(input, { x })).values).toEqual([1, 2]);
  expect(codeOf(() => toOnnx({ x: input }))).toBe('NAME_TAKEN');
  expect(codeOf(() => input.graph.input('x', 'int64', []))).toBe('NAME_TAKEN');
});

test('a gradient that arrives from beyond is carried on: a vector-Jacobian product', async () => {
  const graph = new Graph();
  const input = graph.input('x', 'float32', [2]);
  const arriving = graph.input('g', 'float32', [2]);
  const [gradient] = gradients(multiply(input, input), [input], arriving);
  const g = { shape: [2], values: [3, -1] };
  expect((await evaluate(gradient, { x, g })).values).toEqual([6, -4]);
  expect(codeOf(() => gradients(reduceSum(input), [input], arriving))).toBe('SHAPE_MISMATCH');
});

test('constants keep their values in every type', async () => {
  const graph = new Graph();
  const doubles = graph.constant('float64', [2], [1 / 3, -0]);
  expect((await evaluate(doubles)).values).toEqual([1 / 3, -0]);
  expect((await evaluate(graph.constant('int64', [2], [-1, 2 ** 40]))).values).toEqual([-1, 2 ** 40]);
  expect((await evaluate(graph.constant('bool', [2], [0, 1]))).values).toEqual([0, 1]);
  expect(codeOf(() => graph.constant('float32', [2], [1]))).toBe('SHAPE_MISMATCH');
  expect(codeOf(() => toOnnx({ y: graph.constant('int64', [], [0.5]) }))).toBe('INVALID_ARGUMENT');
});

test('tensors of two graphs do not mix', () => {
  const [left, right] = [new Graph().input('x', 'float32', []), new Graph().input('x', 'float32', [])];
  expect(codeOf(() => add(left, right))).toBe('INVALID_ARGUMENT');
});

test('element types must agree', () => {
  const graph = new Graph();
  const float = graph.input('x', 'float32', [2]);
  const integer = graph.input('i', 'int64', [2]);
  expect(codeOf(() => add(float, integer))).toBe('TYPE_MISMATCH');
});

test('a tensor that is used several times gets the sum of its gradients', async () => {
  const input = new Graph().input('x', 'float32', ['n']);
  const cube = multiply(multiply(input, input), input);
  const [gradient] = gradients(reduceSum(add(cube, input)), [input]);
  expect((await evaluate(gradient, { x })).values).toEqual([4, 13]);
});

test('gradients of gradients are gradients', async () => {
  const input = new Graph().input('x', 'float32', ['n']);
  const cube = multiply(multiply(input, input), input);
  const [first] = gradients(reduceSum(cube), [input]);
  const [second] = gradients(reduceSum(first), [input]);
  expect((await evaluate(second, { x })).values).toEqual([6, 12]);
});

test('only the rules on the way to the wanted tensors run', () => {
  const graph = new Graph();
  const wanted = graph.input('x', 'float32', [2]);
  const frozen = graph.input('w', 'float32', [2]);
  const rule = vi.fn(() => wanted);
  const value = graph.withPullback('test', multiply(wanted, frozen), [wanted, frozen], ([g]) => [
    () => g!,
    rule,
  ]);
  expect(gradients(reduceSum(value), [wanted])).toHaveLength(1);
  expect(rule).not.toHaveBeenCalled();
});

test('says so if there is no gradient', () => {
  const graph = new Graph();
  const input = graph.input('x', 'float32', [2]);
  const loss = reduceSum(subtract(input, reduceMax(input)));
  expect(() => gradients(loss, [input])).toThrow('gradients: ReduceMax has no derivative');
  expect(() => gradients(reduceSum(stopGradient(input)), [input])).toThrow('does not depend on tensor 0');
  expect(codeOf(() => gradients(input, [input]))).toBe('SHAPE_MISMATCH');
});

test('a rule that gives another shape is an error', () => {
  const graph = new Graph();
  const input = graph.input('x', 'float32', [2]);
  const value = graph.withPullback('broken', exp(input), [input], () => [() => graph.scalar(1)]);
  expect(() => gradients(reduceSum(value), [input])).toThrow(
    'the rule of broken gave [] for an input of [2]',
  );
});

test('an input whose values are given becomes part of the model', async () => {
  const graph = new Graph();
  const input = graph.input('x', 'float32', [2]);
  const weight = graph.input('w', 'float32', [2]);
  const product = { y: multiply(input, weight) };
  const constants = new Map([['w', Float32Array.of(3, 5)]]);
  expect(toOnnx(product, { constants }).inputs.map(({ name }) => name)).toEqual(['x']);
  const run = await compile(product, { constants });
  expect((await run({ x }))['y']!.values).toEqual([3, 10]);
  for (const wrong of [Float32Array.of(1, 2, 3), Uint8Array.of(1, 2)])
    expect(codeOf(() => toOnnx(product, { constants: new Map([['w', wrong]]) }))).toBe('SHAPE_MISMATCH');
});
