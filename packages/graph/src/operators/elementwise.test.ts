import { describe, expect, test } from 'vitest';
import { expectGradientsToMatch } from '../../test/finite-differences.js';
import { evaluate } from '../../test/run.js';
import { GraphError } from '../errors.js';
import { gradients } from '../gradients.js';
import { Graph, type Tensor } from '../graph.js';
import { add } from './add.js';
import { divide } from './divide.js';
import { type Operand } from './elementwise.js';
import { maximum } from './maximum.js';
import { minimum } from './minimum.js';
import { multiply } from './multiply.js';
import { reduceSum } from './reduce-sum.js';
import { subtract } from './subtract.js';

type Binary = (left: Operand<'float32'>, right: Operand<'float32'>) => Tensor;
// Values on both sides of each other by more than the largest step, so that no difference crosses the kink of a minimum.
const apart = { x: [1, 2, 1.5, -2, -1, 3], y: [2, 1, 0.5] };
const operators: readonly (readonly [string, Binary, (x: number, y: number) => number])[] = [
  ['add', add, (x, y) => x + y],
  ['subtract', subtract, (x, y) => x - y],
  ['multiply', multiply, (x, y) => x * y],
  ['divide', divide, (x, y) => x / y],
  ['minimum', minimum, Math.min],
  ['maximum', maximum, Math.max],
];

describe.each(operators)('%s', (_name, operator, expected) => {
  test('computes every element and broadcasts a row', async () => {
    const graph = new Graph();
    const output = operator(graph.input('x', 'float32', [2, 3]), graph.input('y', 'float32', [3]));
    const { values } = await evaluate(output, {
      x: { shape: [2, 3], values: apart.x },
      y: { shape: [3], values: apart.y },
    });
    apart.x.forEach((x, i) => expect(values[i]).toBeCloseTo(expected(x, apart.y[i % 3]!), 6));
  });

  test('sums the gradient of what was broadcast, over a named dimension too', async () => {
    await expectGradientsToMatch({
      inputs: { x: ['rows', 3], y: [3] },
      sizes: { rows: 2 },
      values: apart,
      build: ({ x, y }) => operator(x!, y!),
    });
    await expectGradientsToMatch({
      inputs: { x: ['rows', 1], y: [1, 3] },
      sizes: { rows: 2 },
      values: { x: [1.5, 3], y: [2.5, 1, 2] },
      build: ({ x, y }) => operator(x!, y!),
    });
  });

  test('takes a number for an operand', async () => {
    await expectGradientsToMatch({
      inputs: { x: [3] },
      values: { x: [1, -2, 3] },
      build: ({ x }) => operator(x!, 2),
    });
    await expectGradientsToMatch({
      inputs: { x: [3] },
      values: { x: [1, -2, 3] },
      build: ({ x }) => operator(2, x!),
    });
  });

  test('names itself and the shapes when they do not broadcast', () => {
    const graph = new Graph();
    const build = (): Tensor =>
      operator(graph.input('x', 'float32', ['batch', 3]), graph.input('y', 'float32', ['time', 3]));
    expect(build).toThrow(/^\w+: \[batch, 3\] and \[time, 3\] do not broadcast$/);
    expect(build).toThrow(GraphError);
  });
});

test('where a minimum or maximum has equal operands the whole gradient goes to the left one', async () => {
  const graph = new Graph();
  const [x, y] = [graph.input('x', 'float32', [1]), graph.input('y', 'float32', [1])];
  for (const operator of [minimum, maximum]) {
    const [toLeft, toRight] = gradients(reduceSum(operator(x, y)), [x, y]);
    const same = { x: { shape: [1], values: [2] }, y: { shape: [1], values: [2] } };
    expect((await evaluate(toLeft, same)).values).toEqual([1]);
    expect((await evaluate(toRight, same)).values).toEqual([0]);
  }
});
