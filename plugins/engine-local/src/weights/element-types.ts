/** Sixteen-bit floats to float32 and back, for whole arrays. Knows nothing of files. */

/** float16 to float32 is exact; made on first use, 256 KiB. */
let float16Values: Float32Array | undefined;

/** Widens IEEE half precision, exactly. */
export function widenFloat16(bits: Uint16Array, into = new Float32Array(bits.length)): Float32Array {
  const table = (float16Values ??= Float32Array.from({ length: 65536 }, (_, code) => float16Value(code)));
  for (let i = 0; i < bits.length; i++) into[i] = table[bits[i]!]!;
  return into;
}

function float16Value(code: number): number {
  const sign = code & 0x8000 ? -1 : 1;
  const exponent = (code >> 10) & 0x1f;
  const fraction = code & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Widens bfloat16, exactly: a bfloat16 is the upper half of a float32. */
export function widenBfloat16(bits: Uint16Array, into = new Float32Array(bits.length)): Float32Array {
  const intoBits = new Uint32Array(into.buffer, into.byteOffset, into.length);
  for (let i = 0; i < bits.length; i++) intoBits[i] = bits[i]! << 16;
  return into;
}

/** Rounds to bfloat16, to nearest and ties to even, as PyTorch does. NaN stays NaN. */
export function narrowToBfloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const narrow = new Uint16Array(values.length);
  for (let i = 0; i < narrow.length; i++) {
    const word = bits[i]!;
    const isNaNWord = (word & 0x7fffffff) > 0x7f800000;
    narrow[i] = isNaNWord ? (word >>> 16) | 0x40 : (word + 0x7fff + ((word >>> 16) & 1)) >>> 16;
  }
  return narrow;
}
