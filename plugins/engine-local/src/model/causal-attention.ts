/** Attention of whole sequences [batch, time]: every position sees itself and what is before it. */
import {
  add,
  concat,
  type Dimension,
  type Graph,
  less,
  matMul,
  multiplyDimensions,
  range,
  reshape,
  rotaryEmbedding,
  slice,
  softmaxMatMul,
  split,
  type Tensor,
  transpose,
  where,
} from '@tinsmith/graph';
import type { ModelConfig } from './config.js';
import { partSizes } from './parts.js';
import { rotaryTables } from './rotary.js';
import type { Attention } from './transformer.js';

/** Keys and values of a layer, [batch, keyValueHeads, time, headSize], keys rotated. */
export interface LayerCache {
  readonly keys: Tensor;
  readonly values: Tensor;
}

/** exp(-1e9) is 0 in float32, so what is masked gets no probability at all: right padding changes nothing before it. */
const masked = -1e9;

/**
 * The attention function, and what it computed of keys and values by layer.
 * @param blocks the queries are taken in so many blocks of time, each with the keys up to its end: of the square [time, time] a share of
 *   (blocks + 1) / (2 blocks) is computed and kept, and no more than a block of it is in use at once. More than one block makes
 *   `block`, the size of each but the last, an input; the last has what is left, and must not be empty.
 */
export function causalAttention(
  graph: Graph,
  config: ModelConfig,
  blocks = 1,
): { readonly attention: Attention; readonly caches: readonly LayerCache[] } {
  const { heads, keyValueHeads, headSize } = config;
  const positions = range(graph, 'time');
  // One row of positions serves the whole batch: it starts at row 0 of the tables and counts up.
  const rotary = { ...rotaryTables(config, positions, 'time'), rows: graph.constant('int64', [1], [0]) };
  const parts = blocksOf(graph, positions, blocks);

  const rotate = (rows: Tensor, count: number): Tensor =>
    rotaryEmbedding(reshape(rows, ['batch', 'time', count * headSize]), rotary);
  /** [batch * time, count * headSize] or [batch, time, ...] to [batch, count, time, headSize]. */
  const byHead = (rows: Tensor, count: number): Tensor =>
    transpose(reshape(rows, ['batch', 'time', count, headSize]), [0, 2, 1, 3]);

  const caches: LayerCache[] = [];
  const attention: Attention = ({ queries, keys, values }, layer) => {
    const cache = {
      keys: byHead(rotate(keys, keyValueHeads), keyValueHeads),
      values: byHead(values, keyValueHeads),
    };
    caches[layer] = cache;
    const perBlock = split(
      byHead(rotate(queries, heads), heads),
      parts.map(({ size }) => size),
      2,
    );
    const attended = concat(
      perBlock.map((block, i) => attendTo(config, block, cache, parts[i]!)),
      2,
    );
    return reshape(transpose(attended, [0, 2, 1, 3]), ['batch*time', heads * headSize]);
  };
  return { attention, caches };
}

/** Consecutive queries, and what they see. */
export interface QueryBlock {
  readonly size: Dimension;
  /** Position after the last one of the block. */
  readonly end: Dimension;
  /** [size, end]: 0 where a query attends. */
  readonly mask: Tensor;
}

/**
 * Queries [batch, heads, size, headSize] of a block attend to what is up to its end of keys and values
 * [batch, keyValueHeads, length, headSize]. @returns [batch, heads, size, headSize]
 */
export function attendTo(
  { heads, keyValueHeads, headSize }: ModelConfig,
  queries: Tensor,
  { keys, values }: LayerCache,
  { size, end, mask }: QueryBlock,
): Tensor {
  // The heads that share a key-value head are stacked as more queries: no key or value is repeated in memory.
  const stacked = ['batch', keyValueHeads, multiplyDimensions([heads / keyValueHeads, size]), headSize];
  const seen = (x: Tensor): Tensor => x.graph.recomputed(() => slice(x, { axis: 2, start: 0, end }));
  const scores = matMul(reshape(queries, stacked), seen(keys), {
    transposeRight: true,
    scale: 1 / Math.sqrt(headSize),
  });
  const causal = add(reshape(scores, ['batch', heads, size, end]), mask);
  const attended = softmaxMatMul(reshape(causal, scores.shape), seen(values));
  return reshape(attended, ['batch', heads, size, headSize]);
}

/** 0 where a query may attend to a position, from the positions of both, int64 [queries] and [keys]; [queries, keys]. */
export function causalMask(queries: Tensor<'int64'>, keys: Tensor<'int64'>): Tensor {
  const [count, length] = [queries.shape[0]!, keys.shape[0]!];
  const isLater = less(reshape(queries, [count, 1]), reshape(keys, [1, length]));
  return where(isLater, queries.graph.scalar(masked), 0);
}

function blocksOf(graph: Graph, positions: Tensor<'int64'>, count: number): QueryBlock[] {
  return partSizes(graph, { total: 'time', part: 'block', count }).map(({ size, start, end }) => ({
    size,
    end,
    mask: causalMask(slice(positions, { axis: 0, start, end }), slice(positions, { axis: 0, start: 0, end })),
  }));
}
