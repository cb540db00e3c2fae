/**
 * Attention of one new token per row over keys and values of earlier ones. The cache is read and never written here: a graph that
 * returned it would copy it at every step, so only the new keys and values come out.
 */
import {
  add,
  concat,
  type Graph,
  matMul,
  multiply,
  range,
  reshape,
  rotaryEmbedding,
  slice,
  softmax,
  type Tensor,
} from '@tinsmith/graph';
import type { LayerCache } from './causal-attention.js';
import type { ModelConfig } from './config.js';
import { rotaryTables } from './rotary.js';
import type { Attention } from './transformer.js';

/** Declares the inputs `positions`, `mask`, `past_key.<l>` and `past_value.<l>`. */
export function cachedAttention(
  graph: Graph,
  config: ModelConfig,
): { readonly attention: Attention; readonly caches: readonly LayerCache[] } {
  const { heads, keyValueHeads, headSize } = config;
  const positions = graph.input('positions', 'int64', ['batch', 1]);
  const mask = graph.input('mask', 'float32', ['batch', 1, 1, 'capacity+1']);
  const rotary = {
    ...rotaryTables(config, positions, 'batch'),
    rows: reshape(range(graph, 'batch'), ['batch', 1]),
  };
  const rotate = (rows: Tensor, count: number): Tensor =>
    rotaryEmbedding(reshape(rows, ['batch', 1, count * headSize]), rotary);

  const group = heads / keyValueHeads;
  const scale = 1 / Math.sqrt(headSize);
  const caches: LayerCache[] = [];
  const attention: Attention = ({ queries, keys, values }, layer) => {
    const past = (kind: string): Tensor =>
      graph.input(`past_${kind}.${layer}`, 'float32', ['batch', keyValueHeads, 'capacity', headSize]);
    const pastKeys = past('key');
    const pastValues = past('value');

    const q = reshape(rotate(queries, heads), ['batch', keyValueHeads, group, headSize]);
    const k = reshape(rotate(keys, keyValueHeads), ['batch', keyValueHeads, 1, headSize]);
    const v = reshape(values, ['batch', keyValueHeads, 1, headSize]);
    caches[layer] = { keys: k, values: v };
    const scores = concat(
      [matMul(q, pastKeys, { transposeRight: true, scale }), matMul(q, k, { transposeRight: true, scale })],
      -1,
    );
    const probabilities = softmax(add(scores, mask));
    const ofPast = slice(probabilities, { axis: -1, start: 0, end: 'capacity' });
    const ofSelf = slice(probabilities, { axis: -1, start: 'capacity', end: 'capacity+1' });
    return reshape(add(matMul(ofPast, pastValues), multiply(ofSelf, v)), ['batch', heads * headSize]);
  };
  return { attention, caches };
}
