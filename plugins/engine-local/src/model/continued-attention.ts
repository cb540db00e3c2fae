/**
 * Attention of whole sequences [batch, time] that go on from earlier positions: every position sees those, itself and what is before
 * it. With no earlier position it is plain causal attention. Inference only.
 */
import {
  add,
  concat,
  type Graph,
  less,
  matMul,
  range,
  reshape,
  rotaryEmbedding,
  slice,
  softmax,
  type Tensor,
  transpose,
  where,
} from '@tinsmith/graph';
import type { LayerCache } from './causal-attention.js';
import type { ModelConfig } from './config.js';
import { rotaryTables } from './rotary.js';
import type { Attention } from './transformer.js';

/** Declares the inputs `past_key.<l>` and `past_value.<l>`, [batch, keyValueHeads, past, headSize]; past may be 0. */
export function continuedAttention(
  graph: Graph,
  config: ModelConfig,
): { readonly attention: Attention; readonly caches: readonly LayerCache[] } {
  const { heads, keyValueHeads, headSize } = config;
  const cached = (name: string): Tensor =>
    graph.input(name, 'float32', ['batch', keyValueHeads, 'past', headSize]);
  const pasts = Array.from({ length: config.layers }, (_, layer) => ({
    keys: cached(`past_key.${layer}`),
    values: cached(`past_value.${layer}`),
  }));
  const everywhere = range(graph, 'past+time');
  const positions = slice(everywhere, { axis: 0, start: 'past', end: 'past+time' });
  const rotary = { ...rotaryTables(config, positions, 'time'), rows: graph.constant('int64', [1], [0]) };
  const isLater = less(reshape(positions, ['time', 1]), reshape(everywhere, [1, 'past+time']));
  const mask = where(isLater, graph.scalar(-1e9), 0);

  const rotate = (rows: Tensor, count: number): Tensor =>
    rotaryEmbedding(reshape(rows, ['batch', 'time', count * headSize]), rotary);
  const byHead = (rows: Tensor, count: number): Tensor =>
    transpose(reshape(rows, ['batch', 'time', count, headSize]), [0, 2, 1, 3]);

  const caches: LayerCache[] = [];
  const attention: Attention = ({ queries, keys, values }, layer) => {
    const fresh = {
      keys: byHead(rotate(keys, keyValueHeads), keyValueHeads),
      values: byHead(values, keyValueHeads),
    };
    caches[layer] = fresh;
    const past = pasts[layer]!;
    const stacked = ['batch', keyValueHeads, `${heads / keyValueHeads}*time`, headSize];
    const scores = matMul(
      reshape(byHead(rotate(queries, heads), heads), stacked),
      concat([past.keys, fresh.keys], 2),
      { transposeRight: true, scale: 1 / Math.sqrt(headSize) },
    );
    const causal = add(reshape(scores, ['batch', heads, 'time', 'past+time']), mask);
    const probabilities = reshape(softmax(causal), scores.shape);
    const attended = matMul(probabilities, concat([past.values, fresh.values], 2));
    const perHead = reshape(attended, ['batch', heads, 'time', headSize]);
    return reshape(transpose(perHead, [0, 2, 1, 3]), ['batch*time', heads * headSize]);
  };
  return { attention, caches };
}
