/** Sixteen-bit floats to float32 and back. Knows nothing of files. */

/** float16 to float32 is exact; made on first use, 256 KiB. */
let float16Values: Float32Array | undefined;
const float16Table = (): Float32Array =>
  (float16Values ??= Float32Array.from({ length: 65536 }, (_, code) => float16Value(code)));

/** Widens IEEE half precision, exactly. */
export function widenFloat16(
  bits: Uint16Array,
  into: Float32Array = new Float32Array(bits.length),
): Float32Array {
  const table = float16Table();
  for (let i = 0; i < bits.length; i++) into[i] = table[bits[i]!]!;
  return into;
}

/** The half-precision number in two bytes, little-endian, wherever they lie. */
export const float16At = (bytes: Uint8Array, at: number): number =>
  float16Table()[bytes[at]! | (bytes[at + 1]! << 8)]!;

function float16Value(code: number): number {
  const sign = code & 0x8000 ? -1 : 1;
  const exponent = (code >> 10) & 0x1f;
  const fraction = code & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Infinity : NaN;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Widens bfloat16, exactly: a bfloat16 is the upper half of a float32. */
export function widenBfloat16(
  bits: Uint16Array,
  into: Float32Array = new Float32Array(bits.length),
): Float32Array {
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

/**
 * Rounds to IEEE half precision, to nearest and ties to even. What is beyond 65504 becomes infinite. NaN stays NaN.
 */
export function narrowToFloat16(values: Float32Array): Uint16Array {
  const bits = new Uint32Array(values.buffer, values.byteOffset, values.length);
  const narrow = new Uint16Array(values.length);
  for (let i = 0; i < narrow.length; i++) narrow[i] = float16Code(bits[i]!);
  return narrow;
}

/** From the bits of a float32. */
function float16Code(word: number): number {
  const sign = (word >>> 16) & 0x8000;
  const magnitude = word & 0x7fffffff;
  if (magnitude > 0x7f800000) return sign | 0x7e00;
  if (magnitude >= 0x47800000) return sign | 0x7c00; // 65536 and above
  if (magnitude < 0x33000000) return sign; // below half of the smallest, 2^-25
  if (magnitude >= 0x38800000) {
    // 2^-14 and above: the exponent is rebased, 13 bits of the fraction go. A carry out of the fraction is right as it is.
    return sign | ((magnitude - 0x38000000 + 0x0fff + ((magnitude >>> 13) & 1)) >>> 13);
  }
  const shift = 126 - (magnitude >>> 23); // 14 to 24: the fraction in units of 2^-24
  const fraction = (magnitude & 0x7fffff) | 0x800000;
  const kept = fraction >>> shift;
  const rest = fraction - kept * 2 ** shift;
  const isRoundedUp = rest > 2 ** (shift - 1) || (rest === 2 ** (shift - 1) && (kept & 1) === 1);
  return sign | (kept + (isRoundedUp ? 1 : 0));
}
