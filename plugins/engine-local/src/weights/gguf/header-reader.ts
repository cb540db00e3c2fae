/**
 * Reads the header of a file from front to back through a small window. Every length is checked against what is left of the file
 * before anything is allocated for it. Knows numbers and strings; nothing of what they mean.
 */
import { readSync } from 'node:fs';

/** Bytes read from the file at once. */
const windowSize = 65536;
/** A longer string is damage: chat templates, the longest there are, have some ten thousand bytes. */
const longestString = 2 ** 24;

/** What a reader does about a file that ends too early or claims too much. It does not return. */
export type Refuse = (found: string) => never;

export class HeaderReader {
  readonly #file: number;
  readonly #limit: number;
  readonly #refuse: Refuse;
  readonly #window = new Uint8Array(windowSize);
  readonly #view = new DataView(this.#window.buffer);
  readonly #text = new TextDecoder('utf-8', { ignoreBOM: true });
  /** Where in the file the window begins, how much of it is filled, and what of that has been read. */
  #start = 0;
  #filled = 0;
  #at = 0;

  /** @param limit bytes of the file that may belong to the header: at most its size. */
  constructor(file: number, limit: number, refuse: Refuse) {
    this.#file = file;
    this.#limit = limit;
    this.#refuse = refuse;
  }

  /** Bytes from the start of the file. */
  get position(): number {
    return this.#start + this.#at;
  }

  get left(): number {
    return this.#limit - this.position;
  }

  /** Refuses `count` things of at least `bytesEach` if the file is too short for them. */
  checkRoom(count: number, bytesEach: number, what: string): void {
    if (count * bytesEach > this.left)
      this.#refuse(`${what} of ${count} at byte ${this.position}, where ${this.left} bytes are left`);
  }

  u8 = (): number => this.#view.getUint8(this.#take(1));
  i8 = (): number => this.#view.getInt8(this.#take(1));
  u16 = (): number => this.#view.getUint16(this.#take(2), true);
  i16 = (): number => this.#view.getInt16(this.#take(2), true);
  u32 = (): number => this.#view.getUint32(this.#take(4), true);
  i32 = (): number => this.#view.getInt32(this.#take(4), true);
  f32 = (): number => this.#view.getFloat32(this.#take(4), true);
  f64 = (): number => this.#view.getFloat64(this.#take(8), true);
  /** As a double: exact up to 2^53, which no size or id exceeds. */
  u64 = (): number => Number(this.#view.getBigUint64(this.#take(8), true));
  i64 = (): number => Number(this.#view.getBigInt64(this.#take(8), true));

  string(): string {
    const length = this.u64();
    if (length > longestString) this.#refuse(`a string of ${length} bytes at byte ${this.position}`);
    this.checkRoom(length, 1, 'a string');
    if (length <= windowSize) {
      const at = this.#take(length);
      return this.#text.decode(this.#window.subarray(at, at + length));
    }
    const bytes = new Uint8Array(length);
    for (let done = 0; done < length;) {
      const part = Math.min(length - done, windowSize);
      const at = this.#take(part);
      bytes.set(this.#window.subarray(at, at + part), done);
      done += part;
    }
    return this.#text.decode(bytes);
  }

  /** Makes the next `count` bytes lie in the window and passes over them; returns where they begin in it. */
  #take(count: number): number {
    if (count > this.left)
      this.#refuse(`the end of the header at byte ${this.position}, in the middle of a value`);
    if (this.#at + count > this.#filled) this.#refill(count);
    const at = this.#at;
    this.#at += count;
    return at;
  }

  #refill(needed: number): void {
    this.#window.copyWithin(0, this.#at, this.#filled);
    this.#start += this.#at;
    this.#filled -= this.#at;
    this.#at = 0;
    while (this.#filled < needed) {
      const count = readSync(
        this.#file,
        this.#window,
        this.#filled,
        windowSize - this.#filled,
        this.#start + this.#filled,
      );
      if (count === 0) this.#refuse('the end of the file while it was read');
      this.#filled += count;
    }
  }
}
