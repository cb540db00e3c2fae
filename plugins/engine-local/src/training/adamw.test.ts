import { describe, expect, test } from 'vitest';
import { adamDefaults, adamStep, freshOptimizer, globalNorm, type Gradients } from './adamw.js';

const parameter = (...values: number[]) =>
  new Map([['p', { shape: [values.length], data: Float32Array.from(values) }]]);
const gradient = (...values: number[]): Gradients => new Map([['p', Float64Array.from(values)]]);

/** The protocol's formulas, for one number, in float64. */
function reference(start: number, gradients: readonly number[], params: typeof adamDefaults): number {
  const { learningRate: lr, beta1, beta2, eps, weightDecay } = params;
  let [theta, m, v] = [start, 0, 0];
  gradients.forEach((g, i) => {
    m = beta1 * m + (1 - beta1) * g;
    v = beta2 * v + (1 - beta2) * g * g;
    theta *= 1 - lr * weightDecay;
    theta -= (lr * (m / (1 - beta1 ** (i + 1)))) / (Math.sqrt(v / (1 - beta2 ** (i + 1))) + eps);
  });
  return theta;
}

describe.each([
  ['the defaults', {}],
  ['a large eps', { eps: 0.1 }],
  ['weight decay', { weightDecay: 0.3, learningRate: 0.05 }],
  ['other betas', { beta1: 0.5, beta2: 0.999, learningRate: 0.01 }],
])('with %s', (_, options) => {
  const params = { ...adamDefaults, ...options };

  test('several steps follow the formulas, a step without a gradient among them', () => {
    const gradients = [0.3, -2, 0, 1e-3];
    const parameters = parameter(0.7);
    const state = freshOptimizer();
    for (const g of gradients)
      adamStep(parameters, g === 0 ? new Map() : gradient(g), Math.abs(g), state, params);
    expect(parameters.get('p')!.data[0]).toBeCloseTo(reference(0.7, gradients, params), 6);
    expect(state.step).toBe(gradients.length);
  });
});

test('the first step is the learning rate, however small the gradient', () => {
  const parameters = parameter(0, 0);
  adamStep(parameters, gradient(1e-8, -1e3), 1e3, freshOptimizer(), { ...adamDefaults, learningRate: 0.5 });
  expect(parameters.get('p')!.data[0]).toBeCloseTo(-0.5, 3);
  expect(parameters.get('p')!.data[1]).toBeCloseTo(0.5, 6);
});

test('the norm goes over all tensors', () => {
  expect(
    globalNorm(
      new Map([
        ['a', Float64Array.of(3)],
        ['b', Float64Array.of(0, 4)],
      ]),
    ),
  ).toBe(5);
  expect(globalNorm(new Map())).toBe(0);
});

/** The gradient as a first step saw it. */
function clipped(gradClipNorm: number): number[] {
  const state = freshOptimizer();
  adamStep(parameter(0, 0), gradient(3, 4), 5, state, { ...adamDefaults, gradClipNorm });
  return Array.from(state.firstMoments.get('p')!, m => m / (1 - adamDefaults.beta1));
}

test('clipping scales all gradients alike, and only when the norm is above the limit', () => {
  expect(clipped(0)).toEqual([expect.closeTo(3, 5), expect.closeTo(4, 5)]);
  expect(clipped(5)).toEqual([expect.closeTo(3, 5), expect.closeTo(4, 5)]);
  expect(clipped(2.5)).toEqual([expect.closeTo(1.5, 5), expect.closeTo(2, 5)]);
});
