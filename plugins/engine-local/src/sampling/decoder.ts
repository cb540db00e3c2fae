/**
 * Decoding of many rows of one policy together, one token per row and step. A row is a prompt, whose keys and values rows of the same
 * prompt share, and what was decoded after it. Rows come and go between steps. Knows nothing of requests, of drawing, or of time.
 */
import { decodeGraph } from '../model/index.js';
import { float32Tensor, floats, int64Tensor } from '../worker/graph-sessions.js';
import { type Policy, policySession } from '../worker/policy.js';
import type { Prediction } from './distribution.js';
import { bytesPerPosition, type KeyValues } from './key-values.js';
import { KeyValueStore, lengthFor } from './key-value-store.js';

/** What a decoder has to know of a row. */
export interface DecodedRow {
  readonly promptLength: number;
  /** Most tokens that will be decoded after the prompt. */
  readonly mostTokens: number;
}

/** A prompt in its slot, and the rows that have it. */
interface Group<R> {
  readonly prompt: string;
  readonly length: number;
  readonly members: Member<R>[];
}

interface Member<R> {
  readonly row: R;
  group: Group<R>;
  /** Positions after the prompt. */
  decoded: number;
}

export class Decoder<R extends DecodedRow> {
  readonly #policy: Policy;
  readonly #prompts: KeyValueStore;
  readonly #tails: KeyValueStore;
  /** By slot. */
  readonly #groups: Group<R>[] = [];
  /** By slot. */
  readonly #members: Member<R>[] = [];

  constructor(policy: Policy) {
    this.#policy = policy;
    this.#prompts = new KeyValueStore(policy.config);
    this.#tails = new KeyValueStore(policy.config);
  }

  get rows(): readonly R[] {
    return this.#members.map(({ row }) => row);
  }

  /** Bytes of keys and values once the rows are as long as they may get, with another row if one is given. */
  bytesAtMost(row?: DecodedRow, prompt?: string): number {
    const rows: readonly DecodedRow[] = row ? [...this.rows, row] : this.rows;
    const groups = this.#groups.length + Number(prompt !== undefined && !this.#findGroup(prompt));
    const positions =
      rows.length * lengthFor(Math.max(0, ...rows.map(({ mostTokens }) => mostTokens))) +
      groups * lengthFor(Math.max(0, ...rows.map(({ promptLength }) => promptLength)));
    return positions * bytesPerPosition(this.#policy.config);
  }

  /** @param prompt names the prompt: rows with the same name have the same one. */
  add(row: R, prompt: string, keyValues: KeyValues): void {
    let group = this.#findGroup(prompt);
    if (!group) {
      group = { prompt, length: keyValues.length, members: [] };
      this.#groups.push(group);
      this.#fitPrompts();
      this.#prompts.fill(this.#groups.length - 1, keyValues);
    }
    const member = { row, group, decoded: 0 };
    group.members.push(member);
    this.#members.push(member);
    this.#fitTails();
  }

  /** Drops the rows that are asked for. */
  remove(isDropped: (row: R) => boolean): void {
    for (let slot = this.#members.length - 1; slot >= 0; slot--) {
      const member = this.#members[slot]!;
      if (!isDropped(member.row)) continue;
      const { group } = member;
      group.members.splice(group.members.indexOf(member), 1);
      if (group.members.length === 0) takeOut(this.#groups, this.#groups.indexOf(group), this.#prompts);
      takeOut(this.#members, slot, this.#tails);
    }
    this.#divideGroups();
    if (this.#members.length > 0) return this.#fitPrompts();
    this.#prompts.clear();
    this.#tails.clear();
  }

  /**
   * One step for all rows: feeds each row its next token and keeps its key and value.
   * @returns what is predicted behind that token, by row.
   */
  async step(next: (row: R) => number): Promise<(row: R) => Prediction> {
    const { config, lora, tensors, frozen } = this.#policy;
    const session = await policySession(this.#policy, 'decode', frozen?.decoding, decodeGraph);
    this.#fitTails();
    const { rows, members } = this.#padded(!frozen?.decoding.isComplete || lora !== undefined);
    const positions = members.map(({ group, decoded }) => group.length + decoded);
    const outputs = await session.run(
      {
        tokens: int64Tensor(
          members.map(({ row }) => next(row)),
          [rows, 1],
        ),
        positions: int64Tensor(positions, [rows, 1]),
        mask: this.#mask(members),
        ...this.#prompts.feeds('prompt', this.#groups.length),
        ...this.#tails.feeds('past', rows),
        ...this.#places(members),
      },
      tensors,
    );
    this.#tails.append(
      this.#members.map(({ decoded }) => decoded),
      outputs,
    );
    const [logits, probabilities] = [floats(outputs['logits']), floats(outputs['probabilities'])];
    const size = config.vocabularySize;
    const slots = new Map<R, number>(this.#members.map(({ row }, slot) => [row, slot]));
    for (const member of this.#members) member.decoded++;
    return row => {
      const slot = slots.get(row)!;
      const [start, end] = [slot * size, (slot + 1) * size];
      return { logits: logits.subarray(start, end), probabilities: probabilities.subarray(start, end) };
    };
  }

  /** Matrices and factors that are inputs are multiplied in another way with a single row than with several: then never a single one. */
  #padded(isPadded: boolean): { readonly rows: number; readonly members: readonly Member<R>[] } {
    if (!isPadded || this.#members.length > 1) return { rows: this.#members.length, members: this.#members };
    this.#tails.fit(2, this.#members[0]!.decoded + 1);
    return { rows: 2, members: [this.#members[0]!, this.#members[0]!] };
  }

  /** [rows, 1, 1, 1, prompt + past + 1]: a row attends to its prompt, to what it has decoded, and to its new token. */
  #mask(members: readonly Member<R>[]) {
    const [prompt, past] = [this.#prompts.length, this.#tails.length];
    const width = prompt + past + 1;
    const mask = new Float32Array(members.length * width).fill(-1e9);
    members.forEach(({ group, decoded }, row) => {
      const start = row * width;
      mask.fill(0, start, start + group.length);
      mask.fill(0, start + prompt, start + prompt + decoded);
      mask[start + width - 1] = 0;
    });
    return float32Tensor(mask, [members.length, 1, 1, 1, width]);
  }

  /** Which rows have which prompt. Prompts with fewer rows than others have their places filled up with row 0. */
  #places(members: readonly Member<R>[]) {
    const rowsOf = new Map<Group<R>, number[]>(this.#groups.map(group => [group, []]));
    members.forEach(({ group }, row) => rowsOf.get(group)!.push(row));
    const share = Math.max(...[...rowsOf.values()].map(rows => rows.length));
    const places = new Int32Array(this.#groups.length * share);
    const placeOf = new Int32Array(members.length);
    [...rowsOf.values()].forEach((rows, slot) =>
      rows.forEach((row, index) => {
        places[slot * share + index] = row;
        placeOf[row] = slot * share + index;
      }),
    );
    return {
      places: int64Tensor(places, [this.#groups.length, share]),
      place_of: int64Tensor(placeOf, [placeOf.length]),
    };
  }

  #findGroup(prompt: string): Group<R> | undefined {
    return this.#groups.find(group => group.prompt === prompt);
  }

  /**
   * Every prompt has as many places as the largest group has rows. While most places are empty, the largest group is divided and its
   * prompt copied.
   */
  #divideGroups(): void {
    for (;;) {
      const largest = this.#groups.reduce<Group<R> | undefined>(
        (most, group) => (group.members.length > (most?.members.length ?? 1) ? group : most),
        undefined,
      );
      if (!largest) return;
      const places = this.#groups.length * largest.members.length;
      if (places <= 2 * this.#members.length + 16) return;
      const members = largest.members.splice(largest.members.length >> 1);
      const half: Group<R> = { ...largest, members };
      for (const member of members) member.group = half;
      this.#groups.push(half);
      this.#fitPrompts();
      this.#prompts.copy(this.#groups.indexOf(largest), this.#groups.length - 1);
    }
  }

  #fitPrompts(): void {
    if (this.#groups.length > 0)
      this.#prompts.fit(this.#groups.length, Math.max(...this.#groups.map(({ length }) => length)));
  }

  #fitTails(): void {
    if (this.#members.length > 0)
      this.#tails.fit(this.#members.length, Math.max(...this.#members.map(({ decoded }) => decoded)) + 1);
  }
}

/** Removes an entry, filling the gap with the last one, here and in its store. */
function takeOut(entries: unknown[], slot: number, store: KeyValueStore): void {
  const last = entries.pop()!;
  if (slot === entries.length) return;
  entries[slot] = last;
  store.copy(entries.length, slot);
}
