/**
 * Losses of the caller's own over log-probabilities. There is no autograd here, so the function returns the gradients itself. What
 * an engine needs besides its passes: the check of what came back, and the merged result. Knows nothing of any engine.
 */
import { TinsmithError } from '../error.js';
import { type Datum, float32 } from './data.js';
import type { ForwardBackwardOutput } from './engine.js';

export interface CustomLoss {
  readonly loss: number;
  /** dLoss/dlogprobs: per datum one number per target, row-major, as many as its `logprobs`. */
  readonly gradients: readonly ArrayLike<number>[];
  /** Added to the metrics of the call. */
  readonly metrics?: Readonly<Record<string, number>>;
}

/** `logprobs[i]` belong to `data[i]`: of its targets under the current weights, row-major. */
export type CustomLossFn = (
  data: readonly Datum[],
  logprobs: readonly Float32Array[],
) => CustomLoss | Promise<CustomLoss>;

/**
 * Calls the loss and checks what it gives.
 * @throws {TinsmithError} CUSTOM_LOSS; and whatever the loss throws
 */
export async function runCustomLoss(
  lossFn: CustomLossFn,
  data: readonly Datum[],
  logprobs: readonly Float32Array[],
): Promise<CustomLoss> {
  const custom = await lossFn(data, logprobs);
  const problems = problemsOf(custom, logprobs);
  if (problems.length === 0) return custom;
  throw new TinsmithError({
    code: 'CUSTOM_LOSS',
    message: 'the custom loss gave what is no loss with gradients; nothing has been trained',
    found: problems.join('; '),
    fix: 'return { loss, gradients } with finite numbers and one gradient per log-probability',
  });
}

function problemsOf({ loss, gradients }: CustomLoss, logprobs: readonly Float32Array[]): string[] {
  const problems: string[] = [];
  if (!Number.isFinite(loss)) problems.push(`a loss of ${loss}`);
  if (gradients.length !== logprobs.length)
    return [...problems, `gradients of ${gradients.length} datums for ${logprobs.length}`];
  for (const [index, gradient] of gradients.entries()) {
    const size = logprobs[index]!.length;
    if (gradient.length !== size)
      problems.push(`datum ${index}: ${gradient.length} gradients for ${size} log-probabilities`);
    else if (!Array.from(gradient).every(Number.isFinite))
      problems.push(`datum ${index}: a gradient that is not finite`);
  }
  return problems;
}

/**
 * The datum whose cross-entropy has the gradient that was asked for, which is minus its weights. Other inputs are left out.
 * @param gradient none: every weight is 1
 */
export function crossEntropyDatum(datum: Datum, gradient?: ArrayLike<number>): Datum {
  const targets = datum.lossFnInputs['target_tokens'];
  if (!targets)
    throw new TinsmithError({ code: 'LOSS_INPUT', message: 'a custom loss needs the input "target_tokens"' });
  const weights =
    gradient &&
    float32(
      Float32Array.from(gradient, value => -value),
      targets.shape ?? [targets.data.length],
    );
  return {
    modelInput: datum.modelInput,
    lossFnInputs: { target_tokens: targets, ...(weights && { weights }) },
  };
}

/** The result of the backward pass, with the caller's loss as `loss:sum` and the one that was trained as `surrogate_loss:sum`. */
export function customLossOutput(custom: CustomLoss, backward: ForwardBackwardOutput): ForwardBackwardOutput {
  const surrogate = backward.metrics['loss:sum'];
  return {
    ...backward,
    metrics: {
      ...backward.metrics,
      ...(surrogate !== undefined && { 'surrogate_loss:sum': surrogate }),
      'loss:sum': custom.loss,
      ...custom.metrics,
    },
  };
}
