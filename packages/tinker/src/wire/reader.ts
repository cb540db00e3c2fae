/**
 * Reading protobuf without a library. A message is walked once, field by field; whatever is cut off or malformed is a
 * `bad_response`, never a guess. Knows wire types only; the messages are in results.ts.
 */
import { badResponse } from '../errors.js';

const decoder = new TextDecoder();

/** A field of a message: `number` for varints, `bytes` for everything with a length or of fixed size. */
export interface Field {
  readonly id: number;
  readonly type: number;
  readonly number: number;
  readonly bytes: Uint8Array;
}

const NONE = new Uint8Array(0);

export function readFields(message: Uint8Array, visit: (field: Field) => void): void {
  let at = 0;
  const varint = (): number => {
    let value = 0;
    let factor = 1;
    for (let count = 0; count < 10; count++) {
      const byte = message[at++];
      if (byte === undefined) throw truncated();
      value += (byte & 127) * factor;
      if (byte < 128) return value;
      factor *= 128;
    }
    throw badResponse('the answer is not readable protobuf: a number has no end');
  };
  const take = (length: number): Uint8Array => {
    if (at + length > message.length) throw truncated();
    at += length;
    return message.subarray(at - length, at);
  };
  while (at < message.length) {
    const key = varint();
    const type = key % 8;
    const id = Math.floor(key / 8);
    if (id === 0) throw badResponse('the answer is not readable protobuf: a field has no number');
    if (type === 0) visit({ id, type, number: varint(), bytes: NONE });
    else if (type === 1) visit({ id, type, number: 0, bytes: take(8) });
    else if (type === 2) visit({ id, type, number: 0, bytes: take(varint()) });
    else if (type === 5) visit({ id, type, number: 0, bytes: take(4) });
    else throw badResponse(`the answer is not readable protobuf: wire type ${type}`);
  }
}

const truncated = () => badResponse('the answer is not readable protobuf: it ends too early');

export const readText = (field: Field): string => decoder.decode(field.bytes);

export function readDouble(field: Field): number {
  if (field.bytes.length !== 8)
    throw badResponse('the answer is not readable protobuf: a double of another size');
  return new DataView(field.bytes.buffer, field.bytes.byteOffset, 8).getFloat64(0, true);
}

/** `repeated int64`, packed or one by one. */
export function readIntegers(field: Field, into: number[]): void {
  if (field.type === 0) {
    into.push(field.number);
    return;
  }
  let value = 0;
  let factor = 1;
  for (const byte of field.bytes) {
    value += (byte & 127) * factor;
    factor *= 128;
    if (byte >= 128) continue;
    into.push(value);
    value = 0;
    factor = 1;
  }
}

/** An entry of a map: its value is left to `read`. */
export function readEntry<T>(bytes: Uint8Array, read: (field: Field) => T): [string, T | undefined] {
  let key = '';
  let value: T | undefined;
  readFields(bytes, field => {
    if (field.id === 1) key = readText(field);
    else if (field.id === 2) value = read(field);
  });
  return [key, value];
}

// ---- arrays without a header, little-endian. A copy: the answer's buffer is shared, and may lie unaligned in it.

function aligned(bytes: Uint8Array, width: number): ArrayBuffer {
  if (bytes.length % width !== 0)
    throw badResponse(
      `the answer is not readable: an array of ${bytes.length} bytes holds no ${8 * width}-bit numbers`,
    );
  return new Uint8Array(bytes).buffer; // not slice(): Node's Buffer shares its memory there
}

export const float32Array = (bytes: Uint8Array): Float32Array => new Float32Array(aligned(bytes, 4));
export const int32Array = (bytes: Uint8Array): Int32Array => new Int32Array(aligned(bytes, 4));

/** int64 as doubles; a value that a double cannot hold is refused rather than rounded. */
export function int64Array(bytes: Uint8Array): Float64Array {
  const halves = new Int32Array(aligned(bytes, 8));
  const out = new Float64Array(halves.length / 2);
  for (let index = 0; index < out.length; index++) {
    const value = halves[2 * index + 1]! * 4294967296 + (halves[2 * index]! >>> 0);
    if (!Number.isSafeInteger(value)) throw badResponse('the answer holds an integer beyond 2^53');
    out[index] = value;
  }
  return out;
}

/** The upper half of a float32. */
export function bfloat16Array(bytes: Uint8Array): Float32Array {
  const halves = new Uint16Array(aligned(bytes, 2));
  return new Float32Array(Uint32Array.from(halves, half => half * 65536).buffer);
}
