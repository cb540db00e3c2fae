import type { ModelConfig } from './config.js';
import type { LossName } from './losses.js';
import type { ModelGraph } from './model-graph.js';
import type { LoraConfig } from './weights.js';

export type Trainable = { readonly kind: 'lora'; readonly lora: LoraConfig } | { readonly kind: 'full' };

export interface TrainingGraphOptions {
  readonly config: ModelConfig;
  readonly trainable: Trainable;
  readonly loss: LossName;
  /** `targets`, `logprobs` and the loss inputs become [batch, time, choices]: several scored tokens per position. Default false. */
  readonly manyTargets?: boolean;
}

/**
 * A pass forward and backward.
 *
 * Inputs: `tokens` int64 [batch, time], padded on the right with any valid token; `targets` int64 [batch, time] (or
 * [batch, time, choices]); per loss, each of the shape of `targets`, 0 at padding:
 * - `cross_entropy`: `weights`
 * - `importance_sampling`: `logprobs`, `advantages`
 * - `ppo`, `cispo`: `logprobs`, `advantages`, and the scalars (shape []) `clip_low_threshold`, `clip_high_threshold`
 * - `dro`: `logprobs`, `advantages`, `mask` (1 at real positions, 0 at padding: an advantage of 0 does not mask), and the scalar `beta`
 * then every tensor of {@link weightShapes} and, for LoRA, of {@link loraShapes}.
 *
 * Outputs: `target_logprobs` float32 of the shape of `targets`; `loss` float32 [] (plain sum); `grad/<tensor>` per trainable tensor.
 */
export function trainingGraph(_options: TrainingGraphOptions): ModelGraph {
  throw new Error('not written yet');
}

/** The same without gradients: `target_logprobs` and `loss`. */
export function lossGraph(_options: {
  readonly config: ModelConfig;
  readonly adapter?: LoraConfig;
  readonly loss: LossName;
  readonly manyTargets?: boolean;
}): ModelGraph {
  throw new Error('not written yet');
}
