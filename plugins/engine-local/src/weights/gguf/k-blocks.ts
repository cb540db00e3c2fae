/** The "K" blocks of llama.cpp: 256 elements in groups, each with its own small integer scale under one float16. */
import { float16At } from '../element-types.js';

const size = 256;

/**
 * Q4_K, 144 bytes: scale, scale of the minima, 12 bytes with 8 scales and 8 minima of six bits, 128 bytes of nibbles. Eight groups
 * of 32; groups 2j and 2j+1 are the low and high nibbles of the same 32 bytes. x = scale s q - minimumScale m
 */
export function dequantiseQ4K(bytes: Uint8Array, into: Float32Array): void {
  for (let at = 0, out = 0; out < into.length; at += 144, out += size) {
    const scale = float16At(bytes, at);
    const minimumScale = float16At(bytes, at + 2);
    for (let group = 0; group < 8; group++) {
      const { s, m } = sixBitPair(bytes, at + 4, group);
      const factor = scale * s;
      const minimum = minimumScale * m;
      const nibbles = at + 16 + 32 * (group >> 1);
      const shift = 4 * (group & 1);
      for (let i = 0; i < 32; i++)
        into[out + 32 * group + i] = factor * ((bytes[nibbles + i]! >> shift) & 15) - minimum;
    }
  }
}

/** Groups 0-3 lie in the lower six bits of their bytes; 4-7 have four bits at the end and two above those of group - 4. */
function sixBitPair(
  bytes: Uint8Array,
  at: number,
  group: number,
): { readonly s: number; readonly m: number } {
  if (group < 4) return { s: bytes[at + group]! & 63, m: bytes[at + 4 + group]! & 63 };
  const low = bytes[at + 4 + group]!;
  return {
    s: (low & 15) | ((bytes[at + group - 4]! >> 6) << 4),
    m: (low >> 4) | ((bytes[at + group]! >> 6) << 4),
  };
}

/**
 * Q6_K, 210 bytes: 128 bytes of low nibbles, 64 bytes of upper bit pairs, 16 signed scales, one per 16 elements, then the float16
 * scale. Each half of 128 elements has four runs of 32, which share 32 bytes of upper bits. x = scale s (q - 32)
 */
export function dequantiseQ6K(bytes: Uint8Array, into: Float32Array): void {
  const signed = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0, out = 0; out < into.length; at += 210, out += size) {
    const scale = float16At(bytes, at + 208);
    for (let run = 0; run < 8; run++) {
      const [inHalf, half] = [run & 3, run >> 2];
      const low = at + 64 * half + 32 * (inHalf & 1);
      const lowShift = 4 * (inHalf >> 1);
      const high = at + 128 + 32 * half;
      const highShift = 2 * inHalf;
      for (let i = 0; i < 32; i++) {
        const q = ((bytes[low + i]! >> lowShift) & 15) | (((bytes[high + i]! >> highShift) & 3) << 4);
        into[out + 32 * run + i] = scale * signed[at + 192 + 2 * run + (i >> 4)]! * (q - 32);
      }
    }
  }
}
