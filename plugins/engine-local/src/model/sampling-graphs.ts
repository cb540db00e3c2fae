import type { ModelConfig } from './config.js';
import type { ModelGraph } from './model-graph.js';
import type { LoraConfig } from './weights.js';

export interface SamplingGraphOptions {
  readonly config: ModelConfig;
  readonly adapter?: LoraConfig;
}

/** `tokens` int64 [batch, time] -> `logits` float32 [batch, time, V]. */
export function logitsGraph(_options: SamplingGraphOptions): ModelGraph {
  throw new Error('not written yet');
}

/** `tokens` int64 [batch, time], `targets` int64 [batch, time] (or [batch, time, choices]) -> `target_logprobs` of the shape of `targets`. */
export function targetLogprobsGraph(
  _options: SamplingGraphOptions & { readonly manyTargets?: boolean },
): ModelGraph {
  throw new Error('not written yet');
}

/**
 * `tokens` int64 [batch, time] padded on the right, `last` int64 [batch] (index of the last real token) -> `logits` [batch, V] and
 * per layer l `key.<l>`, `value.<l>` float32 [batch, keyValueHeads, time, headSize], keys already rotated.
 */
export function prefillGraph(_options: SamplingGraphOptions): ModelGraph {
  throw new Error('not written yet');
}

/**
 * One token per row. `tokens` int64 [batch, 1], `positions` int64 [batch, 1], `mask` float32 [batch, 1, 1, capacity+1] (0 where a row
 * attends, -1e9 where not; the last column is the new token itself), `past_key.<l>`, `past_value.<l>` float32
 * [batch, keyValueHeads, capacity, headSize] -> `logits` [batch, V], `key.<l>`, `value.<l>` [batch, keyValueHeads, 1, headSize],
 * which the caller writes into its cache.
 */
export function decodeGraph(_options: SamplingGraphOptions): ModelGraph {
  throw new Error('not written yet');
}
