/**
 * Writing protobuf without a library, in one pass: a message's length is filled in when its content has been written. Knows wire types
 * only; the messages are in training-request.ts.
 */
if (new Uint8Array(new Uint16Array([1]).buffer)[0] !== 1)
  throw new Error(
    '@tinsmith/tinker: the protocol carries little-endian arrays and this machine is big-endian',
  );

const VARINT = 0;
const FIXED64 = 1;
const BYTES = 2;
/** Bytes that are left for a length: right for tensors and datums of usual size, and corrected where not. */
const LENGTH_GUESS = 2;

const encoder = new TextEncoder();
/** Names of fields and inputs, which every datum repeats. */
const knownTexts = new Map<string, Uint8Array>();
const MAX_KNOWN_TEXTS = 1000;

function utf8(text: string): Uint8Array {
  let bytes = knownTexts.get(text);
  if (!bytes) {
    bytes = encoder.encode(text);
    if (knownTexts.size < MAX_KNOWN_TEXTS && text.length < 100) knownTexts.set(text, bytes);
  }
  return bytes;
}

function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++;
  return size;
}

/** Numbers are converted here and copied from here: an array of its own per tensor would cost more in garbage than in work. */
let scratch = new ArrayBuffer(65_536);

export class Writer {
  #bytes: Uint8Array<ArrayBuffer>;
  #at = 0;

  /** `capacity`: the expected size; more is made room for. */
  constructor(capacity: number) {
    this.#bytes = new Uint8Array(capacity);
  }

  /** What has been written: a view of the writer's memory. */
  finish(): Uint8Array<ArrayBuffer> {
    return this.#bytes.subarray(0, this.#at);
  }

  /** A non-negative integer below 2^53. proto3 leaves out zero; `always` is for fields with presence. */
  integer(field: number, value: number, always = false): void {
    if (value === 0 && !always) return;
    this.#reserve(20);
    this.#varint(field * 8 + VARINT);
    this.#varint(value);
  }

  double(field: number, value: number): void {
    this.#reserve(20);
    this.#varint(field * 8 + FIXED64);
    new DataView(this.#bytes.buffer).setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  bytes(field: number, value: Uint8Array): void {
    this.#reserve(20 + value.length);
    this.#varint(field * 8 + BYTES);
    this.#varint(value.length);
    this.#bytes.set(value, this.#at);
    this.#at += value.length;
  }

  text(field: number, value: string): void {
    this.bytes(field, utf8(value));
  }

  message(field: number, fill: () => void): void {
    this.#reserve(20);
    this.#varint(field * 8 + BYTES);
    const start = this.#at;
    this.#at += LENGTH_GUESS;
    fill();
    const length = this.#at - start - LENGTH_GUESS;
    const shift = varintSize(length) - LENGTH_GUESS;
    if (shift !== 0) {
      this.#reserve(20);
      this.#bytes.copyWithin(start + LENGTH_GUESS + shift, start + LENGTH_GUESS, this.#at);
    }
    this.#at = start;
    this.#varint(length);
    this.#at += length;
  }

  /** `repeated int64`, packed: shapes. */
  packed(field: number, values: readonly number[]): void {
    this.message(field, () => {
      this.#reserve(10 * values.length);
      for (const value of values) this.#varint(value);
    });
  }

  // ---- arrays without a header, little-endian

  /** Token ids. */
  int32s(field: number, values: ArrayLike<number>): void {
    const length = 4 * values.length;
    new Int32Array(this.#scratch(length), 0, values.length).set(values);
    this.bytes(field, new Uint8Array(scratch, 0, length));
  }

  float32s(field: number, values: ArrayLike<number>): void {
    const length = 4 * values.length;
    new Float32Array(this.#scratch(length), 0, values.length).set(values);
    this.bytes(field, new Uint8Array(scratch, 0, length));
  }

  int64s(field: number, values: ArrayLike<number> | ArrayLike<bigint>): void {
    const length = 8 * values.length;
    const buffer = this.#scratch(length);
    if (typeof values[0] === 'bigint')
      new BigInt64Array(buffer, 0, values.length).set(values as ArrayLike<bigint>);
    else splitIntoHalves(values as ArrayLike<number>, new Int32Array(buffer, 0, 2 * values.length));
    this.bytes(field, new Uint8Array(buffer, 0, length));
  }

  #scratch(size: number): ArrayBuffer {
    if (scratch.byteLength < size) scratch = new ArrayBuffer(2 * size);
    return scratch;
  }

  #varint(value: number): void {
    let rest = value;
    while (rest >= 128) {
      this.#bytes[this.#at++] = (rest % 128) | 128;
      rest = Math.floor(rest / 128);
    }
    this.#bytes[this.#at++] = rest;
  }

  #reserve(size: number): void {
    if (this.#at + size <= this.#bytes.length) return;
    const larger = new Uint8Array(2 * (this.#bytes.length + size));
    larger.set(this.#bytes.subarray(0, this.#at));
    this.#bytes = larger;
  }
}

/** Two 32-bit halves per number: far cheaper than a BigInt each. */
function splitIntoHalves(numbers: ArrayLike<number>, halves: Int32Array): void {
  const count = numbers.length;
  for (let index = 0; index < count; index++) {
    const number = numbers[index]!;
    const low = number | 0; // modulo 2^32, exact for every safe integer
    halves[2 * index] = low;
    // Token ids are small; only what is not needs the division.
    halves[2 * index + 1] = number === low ? low >> 31 : Math.floor(number / 4294967296);
  }
}
