/**
 * AdamW as the Tinker protocol has it (section 13), which is PyTorch's: decoupled decay first, eps outside the root, moments
 * corrected for their start at zero. Works on named arrays in place; knows nothing of models or files.
 */
import type { AdamParams } from '@tinsmith/core';
import type { FloatTensors } from '../weights/safetensors.js';

/** The protocol's defaults, not PyTorch's: note eps and beta2. */
export const adamDefaults: Required<AdamParams> = {
  learningRate: 1e-4,
  beta1: 0.9,
  beta2: 0.95,
  eps: 1e-12,
  weightDecay: 0,
  gradClipNorm: 0,
};

export interface OptimizerState {
  /** Number of steps taken. */
  step: number;
  /** Running mean of the gradient, one array per trained tensor; empty before the first step. */
  readonly firstMoments: Map<string, Float32Array>;
  /** Running mean of the squared gradient. */
  readonly secondMoments: Map<string, Float32Array>;
}

export const freshOptimizer = (): OptimizerState => ({
  step: 0,
  firstMoments: new Map(),
  secondMoments: new Map(),
});

/** Gradient sums, by tensor. A tensor without an entry has the gradient zero. */
export type Gradients = Map<string, Float64Array>;

/** The L2 norm over all tensors together. */
export function globalNorm(gradients: Gradients): number {
  let sum = 0;
  for (const values of gradients.values()) for (const value of values) sum += value * value;
  return Math.sqrt(sum);
}

/**
 * One step on `parameters`, in place.
 * @param norm the gradients' {@link globalNorm}, before clipping.
 */
export function adamStep(
  parameters: FloatTensors,
  gradients: Gradients,
  norm: number,
  state: OptimizerState,
  params: Required<AdamParams>,
): void {
  const { learningRate, beta1, beta2, eps, weightDecay, gradClipNorm } = params;
  const clip = gradClipNorm > 0 && norm > gradClipNorm ? gradClipNorm / norm : 1;
  state.step += 1;
  const firstCorrection = 1 - beta1 ** state.step;
  const secondCorrection = 1 - beta2 ** state.step;
  const keep = 1 - learningRate * weightDecay;

  for (const [name, { data }] of parameters) {
    const gradient = gradients.get(name);
    const m = moment(state.firstMoments, name, data.length);
    const v = moment(state.secondMoments, name, data.length);
    for (let i = 0; i < data.length; i++) {
      const g = gradient ? gradient[i]! * clip : 0;
      m[i] = beta1 * m[i]! + (1 - beta1) * g;
      v[i] = beta2 * v[i]! + (1 - beta2) * g * g;
      const update = m[i]! / firstCorrection / (Math.sqrt(v[i]! / secondCorrection) + eps);
      data[i] = data[i]! * keep - learningRate * update;
    }
  }
}

function moment(moments: Map<string, Float32Array>, name: string, length: number): Float32Array {
  let values = moments.get(name);
  if (!values) moments.set(name, (values = new Float32Array(length)));
  return values;
}
