/**
 * Compares derived gradients with central differences of the forward graph, both run by onnxruntime.
 *
 * The error of a central difference is c h^2 + r / h: the first part must shrink to a quarter when the step is halved, the second is
 * rounding. A wrong rule leaves an error that does neither.
 */
import { expect } from 'vitest';
import { Graph, gradients, multiply, reduceSum, type Shape, type Tensor } from '../src/index.js';
import { compile, type Value } from './run.js';

export interface GradientCheck {
  /** Shapes of the float32 inputs, each of which must have a gradient. Values are drawn from `between` or given. */
  readonly inputs: Readonly<Record<string, Shape>>;
  /** Values of named dimensions. */
  readonly sizes?: Readonly<Record<string, number>>;
  readonly values?: Readonly<Record<string, readonly number[]>>;
  /** Default -1 to 1. */
  readonly between?: readonly [number, number];
  /** int64 inputs, which have no gradient. */
  readonly indices?: Readonly<Record<string, { readonly shape: Shape; readonly values: readonly number[] }>>;
  readonly build: (inputs: Record<string, Tensor>, indices: Record<string, Tensor<'int64'>>) => Tensor;
  /** Default [1/8, 1/16, 1/32]: powers of two, so that x + h and x - h are exact. */
  readonly steps?: readonly number[];
}

export async function expectGradientsToMatch(check: GradientCheck): Promise<void> {
  const { sizes = {}, steps = [1 / 8, 1 / 16, 1 / 32] } = check;
  const random = randomGrid(1);
  const sizeOf = (shape: Shape): number[] => shape.map(d => (typeof d === 'number' ? d : sizes[d]!));

  const graph = new Graph();
  const inputs = mapValues(check.inputs, (shape, name) => graph.input(name, 'float32', shape));
  const indices = mapValues(check.indices ?? {}, ({ shape }, name) => graph.input(name, 'int64', shape));
  const output = check.build(inputs, indices);
  const cotangent = graph.input('cotangent', 'float32', output.shape);
  const loss = reduceSum(multiply(output, cotangent));
  const names = Object.keys(inputs);
  const derived = gradients(loss, Object.values(inputs));
  const forward = await compile({ output });
  const backward = await compile(Object.fromEntries(names.map((name, i) => [`grad/${name}`, derived[i]!])));

  const feeds: Record<string, Value> = {
    ...mapValues(check.indices ?? {}, ({ shape, values }) => ({ shape: sizeOf(shape), values })),
    ...mapValues(check.inputs, (shape, name) => {
      const dims = sizeOf(shape);
      const [low, high] = check.between ?? [-1, 1];
      return {
        shape: dims,
        values: check.values?.[name] ?? Array.from({ length: product(dims) }, () => random(low, high)),
      };
    }),
  };
  const at = (await forward(feeds))['output']!;
  const weights = at.values.map(() => random(-1, 1));
  const results = await backward({ ...feeds, cotangent: { shape: at.shape, values: weights } });

  // Summed outside of the graph in float64: only the rounding of the outputs themselves is left, some 2^-24 each.
  const lossAt = async (name: string, values: readonly number[]): Promise<number> => {
    const { values: outputs } = (await forward({ ...feeds, [name]: { ...feeds[name]!, values } }))['output']!;
    return outputs.reduce((sum, y, i) => sum + y * weights[i]!, 0);
  };
  const magnitude = at.values.reduce((sum, y, i) => sum + (Math.abs(y) + 1) * Math.abs(weights[i]!), 0);

  for (const name of names) {
    const gradient = results[`grad/${name}`]!;
    const { values, shape } = feeds[name]!;
    expect(gradient.shape, `shape of the gradient of ${name}`).toEqual(shape);
    let before = Number.POSITIVE_INFINITY;
    for (const step of steps) {
      let worst = 0;
      for (const [i, x] of values.entries()) {
        const up = await lossAt(name, values.with(i, x + step));
        const down = await lossAt(name, values.with(i, x - step));
        worst = Math.max(worst, Math.abs((up - down) / (2 * step) - gradient.values[i]!));
      }
      // Rounding: a few units in the last place of every output, over the step.
      const rounding = (8 * 2 ** -24 * magnitude) / step;
      expect(worst, `error of the gradient of ${name} at step ${step}`).toBeLessThan(
        Math.max(before / 3, rounding),
      );
      before = worst;
    }
    // The differences of the last step are good to the digits asked for here, whatever they shrank from.
    const size = Math.max(...gradient.values.map(Math.abs), 0.1);
    expect(before / size, `relative error of the gradient of ${name}`).toBeLessThan(0.02);
  }
}

/** Multiples of 1/64 in a range, repeatable. */
export function randomGrid(seed: number): (low: number, high: number) => number {
  let state = seed;
  return (low, high) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.round((low + (high - low) * (state / 2 ** 32)) * 64) / 64;
  };
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((a, b) => a * b, 1);
}

function mapValues<A, B>(
  record: Readonly<Record<string, A>>,
  map: (value: A, key: string) => B,
): Record<string, B> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value, key)]));
}
