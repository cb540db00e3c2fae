/**
 * Losses of the caller's own (protocol, section 10.4): what the two passes carry and how their results are merged. There
 * is no autograd here, so the function returns the gradients itself. Sends nothing.
 */
import { float32 } from './data.js';
import type { Datum } from './data.js';
import { badInput } from './errors.js';
import type { ForwardBackwardOutput } from './types.js';

export interface CustomLoss {
  readonly loss: number;
  /** dLoss/dlogprobs: per datum one number per position, the shape of its `logprobs`. */
  readonly gradients: readonly ArrayLike<number>[];
  readonly metrics?: Readonly<Record<string, number>>;
}

/** `logprobs[i]` belong to `data[i]`: of its targets under the current weights. */
export type CustomLossFn = (
  data: readonly Datum[],
  logprobs: readonly Float32Array[],
) => CustomLoss | Promise<CustomLoss>;

export interface CustomLossPasses {
  readonly forward: readonly Datum[];
  readonly backward: (forward: ForwardBackwardOutput) => Promise<Datum[]>;
  readonly finish: (backward: ForwardBackwardOutput) => ForwardBackwardOutput;
}

export function customLossPasses(data: readonly Datum[], lossFn: CustomLossFn): CustomLossPasses {
  let custom: CustomLoss | undefined;
  return {
    forward: data.map(datum => withWeights(datum, undefined)),
    async backward(forward) {
      const logprobs = forward.lossFnOutputs.map((output, index) => {
        const tensor = output['logprobs'];
        if (!tensor) throw badInput(`the forward pass gave no logprobs for datum ${index}`);
        return tensor.data instanceof Float32Array ? tensor.data : Float32Array.from(tensor.data);
      });
      custom = await lossFn(data, logprobs);
      const { gradients } = custom;
      if (gradients.length !== data.length)
        throw badInput(`the custom loss gave ${gradients.length} gradients for ${data.length} datums`);
      return data.map((datum, index) => {
        const gradient = gradients[index]!;
        const size = logprobs[index]!.length;
        if (gradient.length !== size)
          throw badInput(
            `datum ${index}: the custom loss gave ${gradient.length} gradients for ${size} logprobs`,
          );
        // The gradient of cross-entropy is -weights, so these weights make it the one that was asked for.
        return withWeights(
          datum,
          Float32Array.from(gradient, value => -value),
        );
      });
    },
    finish(backward) {
      const surrogate = backward.metrics['loss:sum'];
      return {
        ...backward,
        metrics: {
          ...backward.metrics,
          ...(surrogate !== undefined && { 'surrogate_loss:sum': surrogate }),
          'loss:sum': custom!.loss,
          ...custom!.metrics,
        },
      };
    },
  };
}

/** Targets and weights only: other inputs stay here. Missing weights are zeros. */
function withWeights(datum: Datum, weights: ArrayLike<number> | undefined): Datum {
  const targets = datum.lossFnInputs['target_tokens'];
  if (!targets) throw badInput('a custom loss needs target_tokens in every datum');
  const shape = targets.shape ?? [targets.data.length];
  const size = shape.reduce((product, each) => product * each, 1);
  return {
    modelInput: datum.modelInput,
    lossFnInputs: {
      target_tokens: targets,
      weights:
        weights === undefined
          ? (datum.lossFnInputs['weights'] ?? float32(new Float32Array(size), shape))
          : float32(weights, shape),
    },
  };
}
