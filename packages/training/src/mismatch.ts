/** How far sampler and trainer are apart token by token, besides the means in `kl.ts`. */
import type { Datum, LossFn, LossFnConfig, Metrics } from '@tinsmith/core';

export interface ClipBounds {
  readonly lossFn: LossFn;
  readonly lossFnConfig?: LossFnConfig | undefined;
}

/** What ppo clips at unless told otherwise; also how a loss without a clip is judged. */
const PPO = { low: 0.8, high: 1.2 };

/**
 * Quantiles of the ratio p/q, for probabilities q when sampled and p when trained, over the sampled tokens: `optim/ratio_p01`,
 * `_p50`, `_p99`, `_max`; and `optim/frac_clipped`, the share beyond the bounds of the loss (beyond 0.8 and 1.2, for one without).
 * Empty without a sampled token.
 */
export function samplingRatios(
  data: readonly Datum[],
  trainingLogprobs: readonly ArrayLike<number>[],
  loss: ClipBounds,
): Metrics {
  const ratios: number[] = [];
  for (const [index, { lossFnInputs }] of data.entries()) {
    const { mask, logprobs } = lossFnInputs;
    if (!mask || !logprobs) continue;
    const trained = trainingLogprobs[index]!;
    for (let i = 0; i < mask.data.length; i++)
      if (mask.data[i]! > 0) ratios.push(Math.exp(trained[i]! - logprobs.data[i]!));
  }
  if (ratios.length === 0) return {};
  const sorted = Float64Array.from(ratios).toSorted();
  const quantile = (share: number) => sorted[Math.round(share * (sorted.length - 1))]!;
  const { low, high } = boundsOf(loss);
  const clipped = ratios.filter(ratio => ratio < low || ratio > high).length;
  return {
    'optim/ratio_p01': quantile(0.01),
    'optim/ratio_p50': quantile(0.5),
    'optim/ratio_p99': quantile(0.99),
    'optim/ratio_max': sorted.at(-1)!,
    'optim/frac_clipped': clipped / ratios.length,
  };
}

function boundsOf({ lossFn, lossFnConfig = {} }: ClipBounds): { low: number; high: number } {
  const defaults = lossFn === 'cispo' ? { low: 0, high: 4 } : PPO;
  return {
    low: lossFnConfig['clip_low_threshold'] ?? defaults.low,
    high: lossFnConfig['clip_high_threshold'] ?? defaults.high,
  };
}
