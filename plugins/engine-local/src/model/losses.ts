/**
 * The losses of the training API, each described forward over p, the log-probability of every target. All are plain sums; gradients
 * are derived. Definitions: Tinker's `loss_fn` documentation. Knows nothing of models.
 */
import {
  clip,
  equal,
  exp,
  minimum,
  multiply,
  negate,
  reduceSum,
  stopGradient,
  subtract,
  type Tensor,
  where,
} from '@tinsmith/graph';

export const lossNames = ['cross_entropy', 'importance_sampling', 'ppo', 'cispo', 'dro'] as const;
export type LossName = (typeof lossNames)[number];

/** Declares the inputs of a loss and gives the loss of the log-probabilities `p`. */
type Loss = (p: Tensor, inputs: LossInputs) => Tensor;

export interface LossInputs {
  /** An input of the shape of p, 0 at padding. */
  readonly perTarget: (name: string) => Tensor;
  readonly scalar: (name: string) => Tensor;
}

const losses: Readonly<Record<LossName, Loss>> = {
  cross_entropy: (p, { perTarget }) => negate(reduceSum(multiply(perTarget('weights'), p))),

  importance_sampling(p, { perTarget }) {
    const { ratio, advantages } = policyRatio(p, perTarget);
    return negate(reduceSum(multiply(ratio, advantages)));
  },

  /** Schulman et al. 2017, equation 7. The thresholds are bounds on the ratio itself, not distances from 1. */
  ppo(p, { perTarget, scalar }) {
    const { ratio, advantages } = policyRatio(p, perTarget);
    const clipped = clip(ratio, scalar('clip_low_threshold'), scalar('clip_high_threshold'));
    return negate(reduceSum(minimum(multiply(ratio, advantages), multiply(clipped, advantages))));
  },

  /** MiniMax-M1 (2025): the clipped ratio is a weight; gradients flow through p alone. */
  cispo(p, { perTarget, scalar }) {
    const { ratio, advantages } = policyRatio(p, perTarget);
    const weight = stopGradient(clip(ratio, scalar('clip_low_threshold'), scalar('clip_high_threshold')));
    return negate(reduceSum(multiply(multiply(weight, p), advantages)));
  },

  /** Positions without an advantage count too, so padding needs a mask of its own. */
  dro(p, { perTarget, scalar }) {
    const mask = perTarget('mask');
    const distance = multiply(mask, subtract(p, perTarget('logprobs')));
    const penalty = multiply(multiply(scalar('beta'), 0.5), reduceSum(multiply(distance, distance)));
    const gain = reduceSum(multiply(multiply(mask, p), perTarget('advantages')));
    return subtract(penalty, gain);
  },
};

/** exp(p - q), with q the sampler's log-probabilities; 1 where there is no advantage, so that any q there is harmless. */
function policyRatio(p: Tensor, perTarget: LossInputs['perTarget']): { ratio: Tensor; advantages: Tensor } {
  const sampled = perTarget('logprobs');
  const advantages = perTarget('advantages');
  const difference = where(equal(advantages, 0), 0, subtract(p, sampled));
  return { ratio: exp(difference), advantages };
}

/** The loss, shape [], of log-probabilities `p`. It asks for its inputs by the names of the API's loss inputs and settings. */
export function lossOf(name: LossName, p: Tensor, inputs: LossInputs): Tensor {
  return losses[name](p, inputs);
}
