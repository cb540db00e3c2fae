/**
 * Rectangles of tokens [batch, time], run so that no result depends, to the last bit, on what is run together. Knows nothing of what
 * a graph computes.
 */
import type { ModelConfig } from '../model/index.js';

/**
 * Positions that a rectangle of tokens has at least, padding included: as many queries per key-value head as a head has numbers, and
 * never a single row. onnxruntime divides a product among threads along its longer side, and multiplies a single row in another way.
 */
export const leastTime = ({ heads, keyValueHeads, headSize }: ModelConfig): number =>
  Math.max(2, Math.ceil((headSize * keyValueHeads) / heads));
