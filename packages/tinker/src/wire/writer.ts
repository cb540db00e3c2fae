/**
 * Writing protobuf without a library: sizes are computed first, so that one allocation takes the whole message and
 * arrays are copied into it once. Knows wire types only; the messages are in training-request.ts.
 */
if (new Uint8Array(new Uint16Array([1]).buffer)[0] !== 1)
  throw new Error(
    '@tinsmith/tinker: the protocol carries little-endian arrays and this machine is big-endian',
  );

export const VARINT = 0;
export const FIXED64 = 1;
export const BYTES = 2;

/** A node of a message: its encoded length is known before it is written. */
export interface Part {
  readonly size: number;
  readonly write: (writer: Writer) => void;
}

export interface Writer {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  at: number;
}

export function varintSize(value: number): number {
  let size = 1;
  for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++;
  return size;
}

function writeVarint(writer: Writer, value: number): void {
  let rest = value;
  while (rest >= 128) {
    writer.bytes[writer.at++] = (rest % 128) | 128;
    rest = Math.floor(rest / 128);
  }
  writer.bytes[writer.at++] = rest;
}

const tag = (field: number, type: number): number => field * 8 + type;

/** A field of a non-negative integer below 2^53. proto3 leaves out zero; `always` is for members of a oneof. */
export function integer(field: number, value: number, always = false): Part | undefined {
  if (value === 0 && !always) return undefined;
  const key = tag(field, VARINT);
  return {
    size: varintSize(key) + varintSize(value),
    write(writer) {
      writeVarint(writer, key);
      writeVarint(writer, value);
    },
  };
}

export function double(field: number, value: number): Part {
  const key = tag(field, FIXED64);
  return {
    size: varintSize(key) + 8,
    write(writer) {
      writeVarint(writer, key);
      writer.view.setFloat64(writer.at, value, true);
      writer.at += 8;
    },
  };
}

export function bytes(field: number, value: Uint8Array): Part {
  const key = tag(field, BYTES);
  return {
    size: varintSize(key) + varintSize(value.length) + value.length,
    write(writer) {
      writeVarint(writer, key);
      writeVarint(writer, value.length);
      writer.bytes.set(value, writer.at);
      writer.at += value.length;
    },
  };
}

const encoder = new TextEncoder();
export const text = (field: number, value: string): Part => bytes(field, encoder.encode(value));

export function message(field: number, parts: readonly (Part | undefined)[]): Part {
  const key = tag(field, BYTES);
  const length = sizeOf(parts);
  return {
    size: varintSize(key) + varintSize(length) + length,
    write(writer) {
      writeVarint(writer, key);
      writeVarint(writer, length);
      for (const part of parts) part?.write(writer);
    },
  };
}

/** `repeated int64`, packed: shapes. */
export function packed(field: number, values: readonly number[]): Part {
  const key = tag(field, BYTES);
  const length = values.reduce((sum, value) => sum + varintSize(value), 0);
  return {
    size: varintSize(key) + varintSize(length) + length,
    write(writer) {
      writeVarint(writer, key);
      writeVarint(writer, length);
      for (const value of values) writeVarint(writer, value);
    },
  };
}

const sizeOf = (parts: readonly (Part | undefined)[]): number =>
  parts.reduce((sum, part) => sum + (part?.size ?? 0), 0);

export function encode(parts: readonly (Part | undefined)[]): Uint8Array<ArrayBuffer> {
  const out = new Uint8Array(sizeOf(parts));
  const writer: Writer = { bytes: out, view: new DataView(out.buffer), at: 0 };
  for (const part of parts) part?.write(writer);
  return out;
}

// ---- arrays without a header, little-endian

/** Token ids: int32. */
export function int32Bytes(values: ArrayLike<number>): Uint8Array {
  return new Uint8Array((values instanceof Int32Array ? values.slice() : Int32Array.from(values)).buffer);
}

export function float32Bytes(values: ArrayLike<number>): Uint8Array {
  return new Uint8Array((values instanceof Float32Array ? values.slice() : Float32Array.from(values)).buffer);
}

/** Two 32-bit halves per number: far cheaper than a BigInt each. */
export function int64Bytes(values: ArrayLike<number> | ArrayLike<bigint>): Uint8Array {
  const count = values.length;
  const halves = new Int32Array(2 * count);
  for (let index = 0; index < count; index++) {
    const value = values[index]!;
    if (typeof value === 'bigint') {
      halves[2 * index] = Number(BigInt.asIntN(32, value));
      halves[2 * index + 1] = Number(BigInt.asIntN(32, value >> 32n));
    } else {
      halves[2 * index] = value | 0; // modulo 2^32, exact for every safe integer
      halves[2 * index + 1] = Math.floor(value / 4294967296);
    }
  }
  return new Uint8Array(halves.buffer);
}
