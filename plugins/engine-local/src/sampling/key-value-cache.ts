/**
 * Keys and values of the tokens that rows have been through, one slot per row. Slots 0 to n-1 are in use, so that the graph gets
 * one contiguous view without a copy. Capacity grows in steps; what lies beyond a row's length is never attended to.
 */
import type { Tensor } from 'onnxruntime-node';
import type { ModelConfig } from '../model/index.js';
import { float32Tensor, floats } from '../worker/graph-sessions.js';

/** Keys and values of one prompt: per layer [heads, length, headSize]. */
export interface PromptCache {
  readonly length: number;
  readonly keys: readonly Float32Array[];
  readonly values: readonly Float32Array[];
}

export class KeyValueCache {
  readonly #slots: number;
  readonly #heads: number;
  readonly #headSize: number;
  #capacity = 0;
  /** Per layer [slots, heads, capacity, headSize]. */
  #keys: Float32Array[];
  #values: Float32Array[];

  constructor(config: ModelConfig, slots: number) {
    this.#slots = slots;
    this.#heads = config.keyValueHeads;
    this.#headSize = config.headSize;
    this.#keys = Array.from({ length: config.layers }, () => new Float32Array(0));
    this.#values = this.#keys.slice();
  }

  /** Positions that a slot has room for. */
  get capacity(): number {
    return this.#capacity;
  }

  /** Makes room for `positions` per slot, keeping the contents. */
  reserve(positions: number): void {
    if (positions <= this.#capacity) return;
    const capacity = bucketFor(positions);
    const grow = (old: Float32Array) => {
      const grown = new Float32Array(this.#slots * this.#heads * capacity * this.#headSize);
      const [from, to] = [this.#capacity * this.#headSize, capacity * this.#headSize];
      for (let block = 0; block < this.#slots * this.#heads; block++) {
        grown.set(old.subarray(block * from, (block + 1) * from), block * to);
      }
      return grown;
    };
    this.#keys = this.#keys.map(grow);
    this.#values = this.#values.map(grow);
    this.#capacity = capacity;
  }

  /** Fills a slot from its start. */
  fill(slot: number, prompt: PromptCache): void {
    const count = prompt.length * this.#headSize;
    for (const [cache, source] of [
      [this.#keys, prompt.keys],
      [this.#values, prompt.values],
    ] as const) {
      for (const [layer, from] of source.entries()) {
        for (let head = 0; head < this.#heads; head++) {
          cache[layer]!.set(from.subarray(head * count, (head + 1) * count), this.#start(slot, head, 0));
        }
      }
    }
  }

  /** Writes one position per row: `outputs` are the decode graph's `key.<l>` and `value.<l>` [rows, heads, 1, headSize]. */
  append(positions: readonly number[], outputs: Readonly<Record<string, Tensor>>): void {
    const [heads, size] = [this.#heads, this.#headSize];
    for (const [prefix, cache] of [
      ['key', this.#keys],
      ['value', this.#values],
    ] as const) {
      for (const [layer, into] of cache.entries()) {
        const fresh = floats(outputs[`${prefix}.${layer}`]);
        for (const [row, position] of positions.entries()) {
          for (let head = 0; head < heads; head++) {
            const from = (row * heads + head) * size;
            const to = this.#start(row, head, position);
            for (let i = 0; i < size; i++) into[to + i] = fresh[from + i]!;
          }
        }
      }
    }
  }

  /** Moves a slot's contents into another slot, whose contents are lost. */
  move(from: number, to: number): void {
    const size = this.#heads * this.#capacity * this.#headSize;
    for (const layer of [...this.#keys, ...this.#values])
      layer.copyWithin(to * size, from * size, (from + 1) * size);
  }

  /** The decode graph's `past_key.<l>` and `past_value.<l>` for slots 0 to rows - 1. */
  feeds(rows: number): Record<string, Tensor> {
    const shape = [rows, this.#heads, this.#capacity, this.#headSize];
    const size = rows * this.#heads * this.#capacity * this.#headSize;
    const feeds: Record<string, Tensor> = {};
    for (const [layer, keys] of this.#keys.entries()) {
      feeds[`past_key.${layer}`] = float32Tensor(keys.subarray(0, size), shape);
      feeds[`past_value.${layer}`] = float32Tensor(this.#values[layer]!.subarray(0, size), shape);
    }
    return feeds;
  }

  #start(slot: number, head: number, position: number): number {
    return ((slot * this.#heads + head) * this.#capacity + position) * this.#headSize;
  }
}

/** The cost of a step follows the capacity: 32, 48, 64, 96, 128, 192, ... wastes at most a third. */
export function bucketFor(positions: number): number {
  let bucket = 32;
  while (bucket < positions) bucket *= 2;
  const between = bucket * 0.75;
  return bucket > 32 && between >= positions ? between : bucket;
}

/** Bytes of keys and values per position. */
export const bytesPerPosition = ({ layers, keyValueHeads, headSize }: ModelConfig): number =>
  2 * layers * keyValueHeads * headSize * 4;
