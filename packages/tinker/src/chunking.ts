/**
 * Splitting a training batch into requests and putting their results together, by the rules of SDK 0.25.0 and 0.38.0
 * (protocol, section 10). Arithmetic only.
 */
import type { Chunk, Datum, ModelInput, TensorData } from './data.js';
import { badResponse } from './errors.js';
import type { ForwardBackwardOutput } from './types.js';

export interface ChunkLimits {
  readonly maxDatums: number;
  readonly maxBytes: number;
}

/** Estimated bytes of a datum: 4 per text token, raw bytes of media, 8 per int64, 4 per float32, 8 per CSR index. */
export function estimateDatumBytes(datum: Datum): number {
  let total = 0;
  for (const chunk of datum.modelInput.chunks) total += chunkBytes(chunk, 4);
  for (const tensor of Object.values(datum.lossFnInputs)) total += tensorBytes(tensor);
  return total;
}

/** Of a prompt, where a token counts 10 (section 9.3). */
export const estimatePromptBytes = (input: ModelInput): number =>
  input.chunks.reduce((total, chunk) => total + chunkBytes(chunk, 10), 0);

function chunkBytes(chunk: Chunk, perToken: number): number {
  if (chunk.type === 'encoded_text') return perToken * chunk.tokens.length;
  if (chunk.type === 'image') return chunk.data.length;
  return chunk.type === 'dmel' ? chunk.dmel.length : chunk.location.length;
}

const tensorBytes = (tensor: TensorData): number =>
  tensor.data.length * (tensor.dtype === 'int64' ? 8 : 4) +
  8 * ((tensor.sparseCrowIndices?.length ?? 0) + (tensor.sparseColIndices?.length ?? 0));

/** Greedy and in order; one datum is never split, however large. */
export function splitIntoChunks(data: readonly Datum[], limits: ChunkLimits): Datum[][] {
  const chunks: Datum[][] = [];
  let current: Datum[] = [];
  let bytes = 0;
  for (const datum of data) {
    const size = estimateDatumBytes(datum);
    if (current.length > 0 && (bytes + size > limits.maxBytes || current.length >= limits.maxDatums)) {
      chunks.push(current);
      current = [];
      bytes = 0;
    }
    current.push(datum);
    bytes += size;
  }
  if (current.length > 0) chunks.push(current);
  return chunks;
}

/**
 * Outputs are concatenated; metrics are reduced by the suffix after the colon, looking at the first chunk's keys only. A
 * key that is missing from a chunk, or whose suffix is unknown, is dropped, as the SDK drops it; a key without a colon,
 * which the SDK fails on, is kept where there is nothing to reduce.
 */
export function combineOutputs(parts: readonly ForwardBackwardOutput[]): ForwardBackwardOutput {
  const first = parts[0];
  if (!first) throw badResponse('no results to combine');
  const weights = parts.map(part => part.lossFnOutputs.length);
  const metrics: Record<string, number> = {};
  for (const key of Object.keys(first.metrics)) {
    if (!parts.every(part => key in part.metrics)) continue;
    const values = parts.map(part => part.metrics[key]!);
    const colon = key.lastIndexOf(':');
    if (colon < 0) {
      if (parts.length === 1) metrics[key] = values[0]!;
    } else if (key.slice(colon + 1) === 'unique') {
      values.forEach((value, index) => (metrics[index === 0 ? key : `${key}_${index}`] = value));
    } else {
      const reduced = reduce(key.slice(colon + 1), values, weights);
      if (reduced !== undefined) metrics[key] = reduced;
    }
  }
  return {
    lossFnOutputType: first.lossFnOutputType,
    lossFnOutputs: parts.length === 1 ? first.lossFnOutputs : parts.flatMap(part => part.lossFnOutputs),
    metrics,
  };
}

function reduce(suffix: string, values: readonly number[], weights: readonly number[]): number | undefined {
  switch (suffix) {
    case 'sum':
      return values.reduce((sum, value) => sum + value, 0);
    case 'min':
      return Math.min(...values);
    case 'max':
      return Math.max(...values);
    case 'mean':
      return weightedMean(values, weights);
    case 'slack':
      return Math.max(...values) - weightedMean(values, weights);
    case 'hash2':
      return Number(
        BigInt.asUintN(
          64,
          values.reduce((sum, value) => sum + BigInt(Math.trunc(value)), 0n),
        ),
      );
    default:
      return undefined;
  }
}

function weightedMean(values: readonly number[], weights: readonly number[]): number {
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  if (total === 0) throw badResponse('the answer has a mean over no outputs');
  return values.reduce((sum, value, index) => sum + value * weights[index]!, 0) / total;
}
