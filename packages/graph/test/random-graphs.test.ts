/**
 * Random graphs with their derived gradients. onnxruntime and an interpreter must agree on every number, so a wrong fused operator or
 * shape can't hide; and the gradients must be those of differences of the interpreter's float64 losses, so a wrong rule can't either.
 * More of them in the full tests, or with TINSMITH_GRAPHS=2000.
 */
import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { isFull } from '../../../tools/vitest/full.js';
import {
  add,
  after,
  broadcastTo,
  cast,
  clip,
  concat,
  cos,
  divide,
  exp,
  gather,
  gatherElements,
  Graph,
  gradients,
  less,
  log,
  matMul,
  maximum,
  minimum,
  multiply,
  negate,
  range,
  reduceMax,
  reduceSum,
  reshape,
  rmsNorm,
  rotaryEmbedding,
  scatterElements,
  scatterRows,
  shapeValues,
  sigmoid,
  silu,
  sin,
  slice,
  softmax,
  softmaxMatMul,
  split,
  stopGradient,
  subtract,
  sumTo,
  targetLogprobs,
  type Tensor,
  transpose,
  where,
} from '../src/index.js';
import { randomGrid } from './finite-differences.js';
import { interpret } from './interpreter.js';
import { compile, type Value } from './run.js';

/** What a step can take: matrices [n, 4] so far, a raw input among them, and a way to choose. */
interface World {
  readonly graph: Graph;
  readonly pool: readonly Tensor[];
  readonly inputs: {
    readonly x: Tensor;
    readonly w: Tensor;
    readonly v: Tensor;
    readonly indices: Tensor<'int64'>;
  };
  readonly pick: (count: number) => number;
}

/** Each gives another [n, 4] from those there are, of a size near 1. */
const steps: Readonly<Record<string, (a: Tensor, b: Tensor, world: World) => Tensor>> = {
  add: (a, b) => multiply(add(a, b), 0.5),
  subtract: (a, b) => subtract(a, sin(b)),
  multiply: (a, b) => multiply(sin(a), b),
  divide: (a, b) => divide(a, add(multiply(b, b), 1)),
  negate: a => negate(a),
  exp: a => exp(negate(multiply(a, a))),
  log: a => log(add(multiply(a, a), 1)),
  sigmoid: a => sigmoid(a),
  silu: a => silu(a),
  cos: a => cos(a),
  row: (a, _, { inputs }) => add(a, inputs.v),
  column: a => multiply(a, sigmoid(reduceSum(a, { axes: [1], keepDimensions: true }))),
  sums: a => subtract(a, multiply(sumTo(a, [1, 4]), 0.1)),
  // The largest is subtracted from all alike, so the result does not depend on it.
  largest: a => softmax(subtract(a, stopGradient(reduceMax(a, { axes: [-1], keepDimensions: true })))),
  softmax: a => softmax(multiply(a, 2)),
  // Where two are equal the gradient depends on the last bit: raw inputs are the same in both.
  minimum: (a, _, { inputs }) => add(minimum(inputs.x, inputs.v), sin(a)),
  clip: (a, _, { inputs }) => multiply(clip(inputs.x, -0.4, maximum(inputs.v, 0.1)), cos(a)),
  where: (a, b, { inputs }) => where(less(inputs.x, inputs.v), a, b),
  product: (a, b, { inputs, pick }) => {
    const [transposeRight, scale] = [pick(2) === 1, [1, 0.5, -2][pick(3)]!];
    return sin(matMul(a, inputs.w, { transposeRight, scale, plus: [undefined, b, inputs.v][pick(3)] }));
  },
  'product over rows': (a, b, { inputs }) =>
    sin(matMul(inputs.x, multiply(matMul(a, b, { transposeLeft: true }), 0.3))),
  'batched product': (a, b, { graph, pick }) => {
    const scores = matMul(heads(a), heads(b), { transposeRight: true, scale: [1, 0.7][pick(2)]! });
    const attended = softmaxMatMul(add(scores, graph.scalar(0.1)), heads(b));
    return reshape(transpose(attended, [1, 0, 2]), ['n', 4]);
  },
  'batched product, transposed': (a, b) => {
    const inner = matMul(heads(a), heads(b), { transposeLeft: true, scale: 0.2 });
    return reshape(transpose(matMul(heads(a), inner), [1, 0, 2]), ['n', 4]);
  },
  'rms norm': (a, _, { inputs }) => rmsNorm(a, inputs.v, 0.01),
  'rotary embedding': (a, _, { graph }) => {
    const angles = multiply(cast(range(graph, 'n'), 'float64'), 0.7);
    const table = (of: typeof cos) => cast(of(reshape(angles, ['n', 1])), 'float32');
    const tables = { cos: table(cos), sin: table(sin), rows: graph.constant('int64', [1], [0]) };
    return reshape(rotaryEmbedding(reshape(a, [1, 'n', 4]), tables), ['n', 4]);
  },
  gather: (a, _, { inputs }) => gather(a, inputs.indices),
  'gather elements': (a, b, { inputs }) => add(gatherElements(a, column4(inputs.indices), 1), b),
  'scatter elements': (a, b, { inputs }) => {
    const column = slice(b, { axis: 1, start: 1, end: 2 });
    return multiply(scatterElements(a, column4(inputs.indices), column, 1), 0.5);
  },
  'scatter rows': (a, b, { inputs }) => multiply(scatterRows(a, inputs.indices, b), 0.5),
  'target logprobs': (a, b, { inputs }) => {
    const p = targetLogprobs(a, column4(inputs.indices));
    return multiply(sigmoid(p), b);
  },
  slices: (a, b) =>
    concat([slice(b, { axis: 1, start: 1, end: 4 }), slice(a, { axis: 1, start: 0, end: 1 })], 1),
  split: (a, b) => {
    const [first, , last] = split(a, [1, 1, 2], 1);
    return add(matMulOuter(first!, last!), b);
  },
  'named halves': (a, b) => {
    const both = concat([a, b], 0);
    return add(
      slice(both, { axis: 0, start: 'n', end: '2*n' }),
      multiply(slice(both, { axis: 0, start: 0, end: 'n' }), 2),
    );
  },
  'split at a size given later': (a, _, { graph }) => {
    const [top, bottom] = split(a, ['first', 'n-first'], 0);
    return concat([sin(bottom!), after(top!, [bottom!, graph.scalar(1)])], 0);
  },
  broadcast: (a, _, { inputs }) => multiply(broadcastTo(inputs.v, ['n', 4]), a),
  counted: (a, _, { graph }) => multiply(a, divide(1, cast(shapeValues(graph, ['n']), 'float32'))),
  'norm made again': (a, _, { graph, inputs }) => {
    const norm = graph.recomputed(() => rmsNorm(a, inputs.v, 0.1));
    return multiply(norm, sin(norm));
  },
  'made again': (a, b, { graph }) => graph.recomputed(() => multiply(silu(a), add(b, 1))),
};

/** [n, 4] as two heads, [2, n, 2]. */
const heads = (x: Tensor): Tensor => transpose(reshape(x, ['n', 2, 2]), [1, 0, 2]);

/** [n, 1] of indices below 4. */
function column4(indices: Tensor<'int64'>): Tensor<'int64'> {
  const { graph } = indices;
  return minimumOf(reshape(indices, ['n', 1]), graph.constant('int64', [1], [3]));
}

const minimumOf = (a: Tensor<'int64'>, b: Tensor<'int64'>): Tensor<'int64'> => where(less(a, b), a, b);

/** [n, 1] and [n, 2] to [n, 4]. */
const matMulOuter = (column: Tensor, pair: Tensor): Tensor => concat([multiply(column, pair), sin(pair)], 1);

const names = Object.keys(steps);
const recipe = fc.record({
  rows: fc.integer({ min: 2, max: 5 }),
  seed: fc.integer({ min: 1, max: 2 ** 30 }),
  steps: fc.array(
    fc.record({
      name: fc.constantFrom(...names),
      choices: fc.array(fc.nat(1000), { minLength: 4, maxLength: 4 }),
    }),
    { minLength: 1, maxLength: 7 },
  ),
});
type Recipe = typeof recipe extends fc.Arbitrary<infer T> ? T : never;

function build({ rows, seed, steps: chosen }: Recipe): {
  outputs: Record<string, Tensor>;
  values: Record<string, Value>;
} {
  const graph = new Graph();
  const x = graph.input('x', 'float32', ['n', 4]);
  const w = graph.input('w', 'float32', [4, 4]);
  const v = graph.input('v', 'float32', [4]);
  const indices = graph.input('indices', 'int64', ['n']);
  graph.dimension('first');
  const pool: Tensor[] = [x];
  for (const { name, choices } of chosen) {
    let next = 0;
    const pick = (count: number): number => choices[next++ % choices.length]! % count;
    const [a, b] = [pool[pick(pool.length)]!, pool[pick(pool.length)]!];
    pool.push(steps[name]!(a, b, { graph, pool, inputs: { x, w, v, indices }, pick }));
  }
  const y = pool.at(-1)!;
  const loss = add(
    reduceSum(multiply(y, cos(x))),
    multiply(add(reduceSum(multiply(w, w)), reduceSum(multiply(v, v))), 0.1),
  );
  const [dx, dw, dv] = gradients(loss, [x, w, v]);
  const random = randomGrid(seed);
  const draw = (shape: readonly number[]): Value => ({
    shape,
    values: Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random(-1, 1)),
  });
  return {
    outputs: { y, loss, dx, dw, dv },
    values: {
      x: draw([rows, 4]),
      w: draw([4, 4]),
      v: { shape: [4], values: draw([4]).values.map(value => value + 1 / 128) }, // equal to no x
      indices: { shape: [rows], values: Array.from({ length: rows }, (_, i) => (seed + i * i) % rows) },
      first: { shape: [1], values: [1] },
    },
  };
}

/** Central differences of a loss for every element of an input. */
function differences(loss: Tensor, values: Record<string, Value>, name: string): number[] {
  const { shape, values: start } = values[name]!;
  const step = 1e-5;
  const at = (moved: readonly number[]): number =>
    interpret({ loss }, { ...values, [name]: { shape, values: moved } })['loss']!.values[0]!;
  return start.map((x, i) => (at(start.with(i, x + step)) - at(start.with(i, x - step))) / (2 * step));
}

function expectNear(
  found: readonly number[],
  expected: readonly number[],
  share: number,
  what: string,
): void {
  const size = Math.max(1, ...expected.map(Math.abs));
  const worst = Math.max(...expected.map((number, i) => Math.abs(found[i]! - number)));
  expect(worst / size, what).toBeLessThan(share);
}

test('random graphs and their gradients mean what the interpreter says', { timeout: 600_000 }, async () => {
  const numRuns = Number(process.env['TINSMITH_GRAPHS'] ?? (isFull ? 1000 : 120));
  const seen = new Set<string>();
  await fc.assert(
    fc.asyncProperty(recipe, async each => {
      for (const { name } of each.steps) seen.add(name);
      const { outputs, values } = build(each);
      const found = await (await compile(outputs))(values);
      const expected = interpret(outputs, values);
      for (const [name, { shape, values: numbers }] of Object.entries(expected)) {
        expect(found[name]!.shape, `shape of ${name}`).toEqual(shape);
        expectNear(found[name]!.values, numbers, 1e-4, name);
      }
      for (const name of ['x', 'w', 'v'])
        expectNear(
          expected[`d${name}`]!.values,
          differences(outputs['loss']!, values, name),
          1e-6,
          `d${name}`,
        );
    }),
    { numRuns, seed: 1 },
  );
  expect([...seen].toSorted()).toEqual(names.toSorted()); // no step was left out
});
