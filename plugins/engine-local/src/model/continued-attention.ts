/**
 * Attention of whole sequences [batch, time] that go on from earlier positions: every position sees those, itself and what is before
 * it. With no earlier position it is plain causal attention. Inference only.
 */
import {
  concat,
  type Graph,
  range,
  reshape,
  rotaryEmbedding,
  slice,
  split,
  type Tensor,
  transpose,
} from '@tinsmith/graph';
import { attendTo, causalMask, type LayerCache, type QueryBlock } from './causal-attention.js';
import type { ModelConfig } from './config.js';
import { rotaryTables } from './rotary.js';
import type { Attention } from './transformer.js';

/** Blocks that the queries of a pass are taken in, each with the keys up to its end: less of what the mask hides is computed. */
export const continuedBlocks = 4;

/**
 * Declares the inputs `past_key.<l>` and `past_value.<l>`, [batch, keyValueHeads, past, headSize]; past may be 0. And `block` int64 [1],
 * the size of each block of queries but the first, which has what is left: 0 makes it the only one that is not empty.
 */
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
  const size = graph.dimension('block');
  const sizes = [
    `time-${continuedBlocks - 1}*${size}`,
    ...Array.from({ length: continuedBlocks - 1 }, () => size),
  ];
  const blocks = split(positions, sizes, 0).map((queries, index): QueryBlock => {
    const end = `past+time-${continuedBlocks - 1 - index}*${size}`;
    const mask = causalMask(queries, slice(everywhere, { axis: 0, start: 0, end }));
    return { size: sizes[index]!, end, mask };
  });

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
    const all = {
      keys: concat([past.keys, fresh.keys], 2),
      values: concat([past.values, fresh.values], 2),
    };
    const attended = split(byHead(rotate(queries, heads), heads), sizes, 2).map((block, i) =>
      attendTo(config, block, all, blocks[i]!),
    );
    return reshape(transpose(concat(attended, 2), [0, 2, 1, 3]), ['batch*time', heads * headSize]);
  };
  return { attention, caches };
}
