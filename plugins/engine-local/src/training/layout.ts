/**
 * Lays a micro-batch out as its graph wants it: tokens as a padded rectangle, and what is scored as rows without padding, so that the
 * head computes nothing for padding. Knows nothing of losses.
 */
import type { PackedData } from '../worker/messages.js';
import type { MicroBatch } from './micro-batches.js';

/** Where each datum starts in the flat arrays. */
export interface Offsets {
  readonly tokens: Int32Array;
  readonly cells: Int32Array;
}

export function offsetsOf({ lengths, choices }: Pick<PackedData, 'lengths' | 'choices'>): Offsets {
  const tokens = new Int32Array(lengths.length);
  const cells = new Int32Array(lengths.length);
  for (let row = 1; row < lengths.length; row++) {
    tokens[row] = tokens[row - 1]! + lengths[row - 1]!;
    cells[row] = cells[row - 1]! + lengths[row - 1]! * choices[row - 1]!;
  }
  return { tokens, cells };
}

export class Layout {
  readonly #batch: MicroBatch;
  readonly #data: PackedData;
  readonly #offsets: Offsets;
  /** Positions per row of the rectangle, padding included. */
  readonly time: number;
  /** Rows that are scored: the real positions, and rows of padding where there are too few of them. */
  readonly scored: number;

  /**
   * @param least.time positions that a row of the rectangle has at least
   * @param least.scored scored rows that there are at least
   */
  constructor(
    batch: MicroBatch,
    data: PackedData,
    offsets: Offsets,
    least: { readonly time: number; readonly scored: number },
  ) {
    this.#batch = batch;
    this.#data = data;
    this.#offsets = offsets;
    this.time = Math.max(batch.time, least.time);
    const real = batch.rows.reduce((sum, row) => sum + data.lengths[row]!, 0);
    this.scored = Math.max(real, least.scored);
  }

  get batch(): number {
    return this.#batch.rows.length;
  }

  get choices(): number {
    return this.#batch.choices;
  }

  /** [batch * time]: the token at each place of the rectangle, 0 at padding. */
  tokens(): Int32Array {
    const padded = new Int32Array(this.batch * this.time);
    this.forEachRow((start, place, length) =>
      padded.set(this.#data.tokens.subarray(start, start + length), place),
    );
    return padded;
  }

  /** [scored]: the place in the rectangle of each scored row. */
  rows(): Int32Array {
    const rows = new Int32Array(this.scored);
    let next = 0;
    this.forEachRow((_, place, length) => {
      for (let t = 0; t < length; t++) rows[next++] = place + t;
    });
    return rows;
  }

  /** Visits each datum: where its tokens start in the caller's arrays, its first place in the rectangle, and its length. */
  forEachRow(visit: (start: number, place: number, length: number) => void): void {
    this.#batch.rows.forEach((row, index) =>
      visit(this.#offsets.tokens[row]!, index * this.time, this.#data.lengths[row]!),
    );
  }

  /** Per-target numbers as [scored, choices], 0 where there is none. */
  cells<T extends Int32Array | Float32Array>(values: T, padded: T): T {
    this.#forEachRun((flat, cell, count) => padded.set(values.subarray(flat, flat + count), cell));
    return padded;
  }

  /** The reverse of {@link cells}: puts the numbers where the caller has them. */
  uncells(padded: Float32Array, into: Float32Array): void {
    this.#forEachRun((flat, cell, count) => into.set(padded.subarray(cell, cell + count), flat));
  }

  get cellCount(): number {
    return this.scored * this.choices;
  }

  /** Visits what is contiguous in both layouts: a whole datum, or the targets of one position if the datums differ in width. */
  #forEachRun(visit: (flat: number, cell: number, count: number) => void): void {
    let cell = 0;
    for (const row of this.#batch.rows) {
      const [length, width, flat] = [
        this.#data.lengths[row]!,
        this.#data.choices[row]!,
        this.#offsets.cells[row]!,
      ];
      if (width === this.choices) visit(flat, cell, length * width);
      else for (let t = 0; t < length; t++) visit(flat + t * width, cell + t * this.choices, width);
      cell += length * this.choices;
    }
  }
}
