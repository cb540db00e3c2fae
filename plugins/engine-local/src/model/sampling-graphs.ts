/** The graphs that only look forward: scoring, prefill and decoding. */
import {
  type AnyTensor,
  gather,
  Graph,
  reshape,
  softmax,
  targetLogprobs,
  type Tensor,
} from '@tinsmith/graph';
import { cachedAttention } from './cached-attention.js';
import { causalAttention, type LayerCache } from './causal-attention.js';
import type { ModelConfig } from './config.js';
import { continuedAttention } from './continued-attention.js';
import { build, declareTargets, type ModelGraph } from './model-graph.js';
import { declareParameters, type Parameters } from './parameters.js';
import { type FrozenMatrices, frozenProduct } from './frozen-matrices.js';
import { hiddenStates, logitsOf, type Transformer } from './transformer.js';
import type { LoraConfig } from './weights.js';

export interface SamplingGraphOptions {
  readonly config: ModelConfig;
  readonly adapter?: LoraConfig;
  /** Matrices that never change, kept in the graph; without, they are inputs like all weights. */
  readonly frozen?: FrozenMatrices | undefined;
}

/** `tokens` int64 [batch, time] -> `logits` float32 [batch, time, V]. */
export function logitsGraph(options: SamplingGraphOptions): ModelGraph {
  const { hidden, transformer } = wholeSequences(new Graph(), options);
  const logits = logitsOf(transformer, hidden);
  const shape = ['batch', 'time', options.config.vocabularySize];
  return build({ logits: reshape(logits, shape) }, options.frozen?.constants);
}

/** `tokens` int64 [batch, time], `targets` int64 [batch, time] (or [batch, time, choices]) -> `target_logprobs` of the shape of `targets`. */
export function targetLogprobsGraph(
  options: SamplingGraphOptions & { readonly manyTargets?: boolean },
): ModelGraph {
  const graph = new Graph();
  const { hidden, transformer } = wholeSequences(graph, options);
  const targets = declareTargets(graph, options.manyTargets ?? false);
  const logprobs = targetLogprobs(logitsOf(transformer, hidden), targets.rows);
  return build({ target_logprobs: reshape(logprobs, targets.shape) }, options.frozen?.constants);
}

/**
 * `tokens` int64 [batch, time] padded on the right, after positions that were there before: `past_key.<l>`, `past_value.<l>` float32
 * [batch, keyValueHeads, past, headSize], past >= 0. `block` int64 [1]: see {@link continuedAttention}. `ends` int64 [ends]: rows of the flattened [batch * time] -> `logits` [ends, V] behind
 * them, and per layer l `key.<l>`, `value.<l>` float32 [batch, keyValueHeads, time, headSize], keys already rotated.
 */
export function prefillGraph(options: SamplingGraphOptions): ModelGraph {
  const { config, frozen } = options;
  const graph = new Graph();
  const tokens = graph.input('tokens', 'int64', ['batch', 'time']);
  const { attention, caches } = continuedAttention(graph, config);
  const parameters = declare(graph, options);
  const transformer: Transformer = { config, parameters, rows: 'batch*time', attention };
  const hidden = hiddenStates(transformer, tokens);
  const ends = graph.input('ends', 'int64', ['ends']);
  return build(
    { logits: logitsOf(transformer, gather(hidden, ends)), ...cacheOutputs(caches) },
    frozen?.constants,
  );
}

/**
 * One token per row. `tokens` int64 [batch, 1], `positions` int64 [batch, 1], `mask` float32 [batch, 1, 1, 1, prompt+past+1] (0 where a row
 * attends, -1e9 where not; the last column is the new token itself), `prompt_key.<l>`, `prompt_value.<l>` float32
 * [prompts, keyValueHeads, 1, prompt, headSize], `past_key.<l>`, `past_value.<l>` float32 [batch, keyValueHeads, 1, past, headSize] -> `logits`
 * [batch, V], their softmax `probabilities`, `key.<l>`, `value.<l>` [batch, keyValueHeads, 1, headSize], which the caller writes into its cache. Several rows may have one prompt:
 * `places` int64 [prompts, share], the rows that have each prompt, and `place_of` int64 [batch], where in it a row is.
 */
export function decodeGraph(options: SamplingGraphOptions): ModelGraph {
  const { config, frozen } = options;
  const graph = new Graph();
  const tokens = graph.input('tokens', 'int64', ['batch', 1]);
  const { attention, caches } = cachedAttention(graph, config);
  const parameters = declare(graph, options);
  const transformer: Transformer = { config, parameters, rows: 'batch', attention };
  const logits = logitsOf(transformer, hiddenStates(transformer, tokens));
  return build({ logits, probabilities: softmax(logits), ...cacheOutputs(caches) }, frozen?.constants);
}

interface WholeSequences {
  readonly transformer: Transformer;
  /** [batch * time, hidden] */
  readonly hidden: Tensor;
}

function wholeSequences(graph: Graph, options: SamplingGraphOptions): WholeSequences {
  const { config } = options;
  const tokens = graph.input('tokens', 'int64', ['batch', 'time']);
  const { attention } = causalAttention(graph, config);
  const parameters = declare(graph, options);
  const transformer: Transformer = { config, parameters, rows: 'batch*time', attention };
  return { transformer, hidden: hiddenStates(transformer, tokens) };
}

function declare(graph: Graph, { config, adapter, frozen }: SamplingGraphOptions): Parameters {
  const product = frozen && frozenProduct(graph, frozen);
  return declareParameters(graph, config, adapter, { product, isOrderFixed: true });
}

function cacheOutputs(caches: readonly LayerCache[]): Record<string, AnyTensor> {
  return Object.fromEntries(
    caches.flatMap(({ keys, values }, layer) => [
      [`key.${layer}`, keys],
      [`value.${layer}`, values],
    ]),
  );
}
