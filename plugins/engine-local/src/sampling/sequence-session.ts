/**
 * Graphs of whole sequences, run so that no result depends, to the last bit, on what is run together. Knows nothing of what a graph
 * computes.
 */
import type { ModelConfig, ModelGraph } from '../model/index.js';
import type { SamplingGraphOptions } from '../model/sampling-graphs.js';
import type { GraphSession } from '../worker/graph-sessions.js';
import { loraKey, type Policy } from '../worker/policy.js';

/** @param kind names the graph that `build` makes. */
export function sequenceSession(
  { config, lora, graphs, frozen }: Policy,
  kind: string,
  build: (options: SamplingGraphOptions) => ModelGraph,
): Promise<GraphSession> {
  return (frozen?.graphs ?? graphs).get(`${kind} ${loraKey(lora)}`, () =>
    build({ config, ...(lora && { adapter: lora }), frozen: frozen?.narrowMatrices() }),
  );
}

/**
 * Positions that a rectangle of tokens has at least, padding included: as many queries per key-value head as a head has numbers, and
 * never a single row. onnxruntime divides a product among threads along its longer side, and multiplies a single row in another way.
 */
export const leastTime = ({ heads, keyValueHeads, headSize }: ModelConfig): number =>
  Math.max(2, Math.ceil((headSize * keyValueHeads) / heads));
