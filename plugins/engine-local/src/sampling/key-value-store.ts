/**
 * Keys and values of several sequences, one slot each. Slots 0 to n-1 are in use, so that a graph gets one contiguous view without
 * a copy. Slots and their length grow and shrink in steps; what lies beyond a sequence's length is never attended to.
 */
import type { Tensor } from 'onnxruntime-node';
import type { ModelConfig } from '../model/index.js';
import { float32Tensor, floats } from '../worker/graph-sessions.js';
import { copyPositions, type KeyValues } from './key-values.js';

export class KeyValueStore {
  readonly #heads: number;
  readonly #headSize: number;
  #slots = 0;
  #length = 0;
  /** Per layer [slots, heads, length, headSize]. */
  #keys: Float32Array[];
  #values: Float32Array[];

  constructor(config: ModelConfig) {
    this.#heads = config.keyValueHeads;
    this.#headSize = config.headSize;
    this.#keys = Array.from({ length: config.layers }, () => new Float32Array(0));
    this.#values = this.#keys.slice();
  }

  /** Positions that a slot has room for. */
  get length(): number {
    return this.#length;
  }

  /**
   * Makes room for so many sequences of so many positions, keeping the contents. Room that has become twice too long is given
   * back, since a step costs what there is room for.
   */
  fit(slots: number, positions: number): void {
    const wanted = lengthFor(positions);
    const length = wanted > this.#length || wanted * 2 <= this.#length ? wanted : this.#length;
    const room = slots > this.#slots ? Math.max(slots, Math.min(2 * this.#slots, 128)) : this.#slots;
    if (length === this.#length && room === this.#slots) return;
    const relay = (old: Float32Array) => {
      const fresh = new Float32Array(room * this.#heads * length * this.#headSize);
      const kept = Math.min(length, this.#length) * this.#headSize;
      const [from, to] = [this.#length * this.#headSize, length * this.#headSize];
      for (let block = 0; block < this.#slots * this.#heads; block++)
        fresh.set(old.subarray(block * from, block * from + kept), block * to);
      return fresh;
    };
    this.#keys = this.#keys.map(relay);
    this.#values = this.#values.map(relay);
    [this.#slots, this.#length] = [room, length];
  }

  /** Gives all room back. */
  clear(): void {
    [this.#slots, this.#length] = [0, 0];
    this.#keys = this.#keys.map(() => new Float32Array(0));
    this.#values = this.#keys.slice();
  }

  /** Fills a slot from its start. */
  fill(slot: number, { length, keys, values }: KeyValues): void {
    const shape = { heads: this.#heads, size: this.#headSize, count: length };
    for (const [arrays, sources] of [
      [this.#keys, keys],
      [this.#values, values],
    ] as const)
      for (const [layer, array] of sources.entries())
        copyPositions({ array, start: 0, length, at: 0 }, this.#place(arrays[layer]!, slot, 0), shape);
  }

  /** Writes one position per slot: `outputs` are the decode graph's `key.<l>` and `value.<l>` [rows, heads, 1, headSize]. */
  append(positions: readonly number[], outputs: Readonly<Record<string, Tensor>>): void {
    const [heads, size] = [this.#heads, this.#headSize];
    for (const [prefix, arrays] of [
      ['key', this.#keys],
      ['value', this.#values],
    ] as const)
      for (const [layer, into] of arrays.entries()) {
        const fresh = floats(outputs[`${prefix}.${layer}`]);
        for (const [row, position] of positions.entries())
          for (let head = 0; head < heads; head++) {
            const from = (row * heads + head) * size;
            const to = ((row * heads + head) * this.#length + position) * size;
            for (let i = 0; i < size; i++) into[to + i] = fresh[from + i]!;
          }
      }
  }

  /** Copies a slot's contents over another slot's. */
  copy(from: number, to: number): void {
    const size = this.#heads * this.#length * this.#headSize;
    for (const layer of [...this.#keys, ...this.#values])
      layer.copyWithin(to * size, from * size, (from + 1) * size);
  }

  /** The decode graph's inputs `<prefix>_key.<l>` and `<prefix>_value.<l>` for the first slots. */
  feeds(prefix: string, slots: number): Record<string, Tensor> {
    const shape = [slots, this.#heads, 1, this.#length, this.#headSize];
    const size = slots * this.#heads * this.#length * this.#headSize;
    const feeds: Record<string, Tensor> = {};
    for (const [layer, keys] of this.#keys.entries()) {
      feeds[`${prefix}_key.${layer}`] = float32Tensor(keys.subarray(0, size), shape);
      feeds[`${prefix}_value.${layer}`] = float32Tensor(this.#values[layer]!.subarray(0, size), shape);
    }
    return feeds;
  }

  #place(array: Float32Array, slot: number, at: number) {
    return { array, start: slot * this.#heads * this.#length * this.#headSize, length: this.#length, at };
  }
}

/**
 * Room for so many positions: 32, 48, 64, 96, 128, 192, ... wastes at most a third. Always a multiple of 16, so that a position
 * falls into the same lane of a sum over positions, whatever the room.
 */
export function lengthFor(positions: number): number {
  let length = 32;
  while (length < positions) length *= 2;
  const between = length * 0.75;
  return length > 32 && between >= positions ? between : length;
}
