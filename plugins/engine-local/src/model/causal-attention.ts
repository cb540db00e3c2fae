/** Attention of whole sequences [batch, time]: every position sees itself and what is before it. */
import {
  add,
  type Graph,
  less,
  matMul,
  range,
  reshape,
  rotaryEmbedding,
  softmaxMatMul,
  type Tensor,
  transpose,
  where,
} from '@tinsmith/graph';
import type { ModelConfig } from './config.js';
import { rotaryTables } from './rotary.js';
import type { Attention } from './transformer.js';

/** Keys and values of a layer, [batch, keyValueHeads, time, headSize], keys rotated. */
export interface LayerCache {
  readonly keys: Tensor;
  readonly values: Tensor;
}

/** exp(-1e9) is 0 in float32, so what is masked gets no probability at all: right padding changes nothing before it. */
const masked = -1e9;

/** The attention function, and what it computed of keys and values by layer. */
export function causalAttention(
  graph: Graph,
  config: ModelConfig,
): { readonly attention: Attention; readonly caches: readonly LayerCache[] } {
  const { heads, keyValueHeads, headSize } = config;
  const positions = range(graph, 'time');
  // One row of positions serves the whole batch: it starts at row 0 of the tables and counts up.
  const rotary = { ...rotaryTables(config, positions, 'time'), rows: graph.constant('int64', [1], [0]) };
  const isLater = less(reshape(positions, ['time', 1]), reshape(positions, [1, 'time']));
  const mask = where(isLater, graph.scalar(masked), 0);

  const rotate = (rows: Tensor, count: number): Tensor =>
    rotaryEmbedding(reshape(rows, ['batch', 'time', count * headSize]), rotary);
  /** [batch * time, count * headSize] or [batch, time, ...] to [batch, count, time, headSize]. */
  const byHead = (rows: Tensor, count: number): Tensor =>
    transpose(reshape(rows, ['batch', 'time', count, headSize]), [0, 2, 1, 3]);

  // The heads that share a key-value head are stacked as more queries: no key or value is repeated in memory.
  const stacked = `${heads / keyValueHeads}*time`;
  const caches: LayerCache[] = [];
  const attention: Attention = ({ queries, keys, values }, layer) => {
    const q = reshape(byHead(rotate(queries, heads), heads), ['batch', keyValueHeads, stacked, headSize]);
    const k = byHead(rotate(keys, keyValueHeads), keyValueHeads);
    const v = byHead(values, keyValueHeads);
    caches[layer] = { keys: k, values: v };
    const scores = matMul(q, k, { transposeRight: true, scale: 1 / Math.sqrt(headSize) });
    const causal = add(reshape(scores, ['batch', heads, 'time', 'time']), mask);
    const attended = softmaxMatMul(reshape(causal, scores.shape), v);
    const perHead = reshape(attended, ['batch', heads, 'time', headSize]);
    return reshape(transpose(perHead, [0, 2, 1, 3]), ['batch*time', heads * headSize]);
  };
  return { attention, caches };
}
