/** Keys and values of the positions that one sequence has been through. Knows nothing of slots, batches or graphs. */
import type { ModelConfig } from '../model/index.js';

/** Per layer [keyValueHeads, length, headSize]. */
export interface KeyValues {
  readonly length: number;
  readonly keys: readonly Float32Array[];
  readonly values: readonly Float32Array[];
}

export function emptyKeyValues({ layers, keyValueHeads, headSize }: ModelConfig, length: number): KeyValues {
  const make = () =>
    Array.from({ length: layers }, () => new Float32Array(keyValueHeads * length * headSize));
  return { length, keys: make(), values: make() };
}

/** Bytes of keys and values per position. */
export const bytesPerPosition = ({ layers, keyValueHeads, headSize }: ModelConfig): number =>
  2 * layers * keyValueHeads * headSize * 4;

/** A block [heads, length, size] of an array, from position `at` on: `start` is where its first head begins. */
export interface Place {
  readonly array: Float32Array;
  readonly start: number;
  /** Positions that a head has room for. */
  readonly length: number;
  readonly at: number;
}

/** Copies positions of every head. */
export function copyPositions(
  from: Place,
  to: Place,
  { heads, size, count }: { readonly heads: number; readonly size: number; readonly count: number },
): void {
  for (let head = 0; head < heads; head++) {
    const source = from.start + (head * from.length + from.at) * size;
    const target = to.start + (head * to.length + to.at) * size;
    to.array.set(from.array.subarray(source, source + count * size), target);
  }
}
