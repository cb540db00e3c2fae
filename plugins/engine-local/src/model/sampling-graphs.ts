/** The graphs that only look forward: scoring, prefill and decoding. */
import {
  add,
  type AnyTensor,
  gather,
  Graph,
  multiply,
  range,
  reshape,
  shapeValues,
  targetLogprobs,
  type Tensor,
} from '@tinsmith/graph';
import { cachedAttention } from './cached-attention.js';
import { causalAttention, type LayerCache } from './causal-attention.js';
import type { ModelConfig } from './config.js';
import { build, declareTargets, type ModelGraph } from './model-graph.js';
import { declareParameters } from './parameters.js';
import { hiddenStates, logitsOf, type Transformer } from './transformer.js';
import type { LoraConfig } from './weights.js';

export interface SamplingGraphOptions {
  readonly config: ModelConfig;
  readonly adapter?: LoraConfig;
}

/** `tokens` int64 [batch, time] -> `logits` float32 [batch, time, V]. */
export function logitsGraph({ config, adapter }: SamplingGraphOptions): ModelGraph {
  const { hidden, transformer } = wholeSequences(new Graph(), config, adapter);
  const logits = logitsOf(transformer, hidden);
  return build({ logits: reshape(logits, ['batch', 'time', config.vocabularySize]) });
}

/** `tokens` int64 [batch, time], `targets` int64 [batch, time] (or [batch, time, choices]) -> `target_logprobs` of the shape of `targets`. */
export function targetLogprobsGraph(
  options: SamplingGraphOptions & { readonly manyTargets?: boolean },
): ModelGraph {
  const graph = new Graph();
  const { hidden, transformer } = wholeSequences(graph, options.config, options.adapter);
  const targets = declareTargets(graph, options.manyTargets ?? false);
  const logprobs = targetLogprobs(logitsOf(transformer, hidden), targets.rows);
  return build({ target_logprobs: reshape(logprobs, targets.shape) });
}

/**
 * `tokens` int64 [batch, time] padded on the right, `last` int64 [batch] (index of the last real token) -> `logits` [batch, V] and
 * per layer l `key.<l>`, `value.<l>` float32 [batch, keyValueHeads, time, headSize], keys already rotated.
 */
export function prefillGraph({ config, adapter }: SamplingGraphOptions): ModelGraph {
  const graph = new Graph();
  const { hidden, transformer, caches } = wholeSequences(graph, config, adapter);
  const last = graph.input('last', 'int64', ['batch']);
  const rows = add(multiply(range(graph, 'batch'), shapeValues(graph, ['time'])), last);
  return build({ logits: logitsOf(transformer, gather(hidden, rows)), ...cacheOutputs(caches) });
}

/**
 * One token per row. `tokens` int64 [batch, 1], `positions` int64 [batch, 1], `mask` float32 [batch, 1, 1, capacity+1] (0 where a row
 * attends, -1e9 where not; the last column is the new token itself), `past_key.<l>`, `past_value.<l>` float32
 * [batch, keyValueHeads, capacity, headSize] -> `logits` [batch, V], `key.<l>`, `value.<l>` [batch, keyValueHeads, 1, headSize],
 * which the caller writes into its cache.
 */
export function decodeGraph({ config, adapter }: SamplingGraphOptions): ModelGraph {
  const graph = new Graph();
  const tokens = graph.input('tokens', 'int64', ['batch', 1]);
  const { attention, caches } = cachedAttention(graph, config);
  const parameters = declareParameters(graph, config, adapter);
  const transformer: Transformer = { config, parameters, rows: 'batch', attention };
  const logits = logitsOf(transformer, hiddenStates(transformer, tokens));
  return build({ logits, ...cacheOutputs(caches) });
}

interface WholeSequences {
  readonly transformer: Transformer;
  /** [batch * time, hidden] */
  readonly hidden: Tensor;
  readonly caches: readonly LayerCache[];
}

function wholeSequences(graph: Graph, config: ModelConfig, adapter: LoraConfig | undefined): WholeSequences {
  const tokens = graph.input('tokens', 'int64', ['batch', 'time']);
  const { attention, caches } = causalAttention(graph, config);
  const parameters = declareParameters(graph, config, adapter);
  const transformer: Transformer = { config, parameters, rows: 'batch*time', attention };
  return { transformer, hidden: hiddenStates(transformer, tokens), caches };
}

function cacheOutputs(caches: readonly LayerCache[]): Record<string, AnyTensor> {
  return Object.fromEntries(
    caches.flatMap(({ keys, values }, layer) => [
      [`key.${layer}`, keys],
      [`value.${layer}`, values],
    ]),
  );
}
