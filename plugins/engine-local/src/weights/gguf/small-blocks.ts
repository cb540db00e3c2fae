/** Blocks of 32 elements with a float16 scale in front, as llama.cpp stores them. Knows nothing of tensors. */
import { float16At } from '../element-types.js';

const size = 32;
const half = 16;

/** Q8_0: scale, 32 signed bytes. x = scale q */
export function dequantiseQ8(bytes: Uint8Array, into: Float32Array): void {
  const signed = new Int8Array(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  for (let at = 0, out = 0; out < into.length; at += 34, out += size) {
    const scale = float16At(bytes, at);
    for (let i = 0; i < size; i++) into[out + i] = scale * signed[at + 2 + i]!;
  }
}

/** Q4_0: scale, 16 bytes of two nibbles; the low ones are elements 0-15, the high ones 16-31. x = scale (q - 8) */
export function dequantiseQ4(bytes: Uint8Array, into: Float32Array): void {
  for (let at = 0, out = 0; out < into.length; at += 18, out += size) {
    const scale = float16At(bytes, at);
    for (let i = 0; i < half; i++) {
      const pair = bytes[at + 2 + i]!;
      into[out + i] = scale * ((pair & 15) - 8);
      into[out + half + i] = scale * ((pair >> 4) - 8);
    }
  }
}

/** Q4_1: scale, minimum, nibbles as in Q4_0. x = scale q + minimum */
export function dequantiseQ4WithMinimum(bytes: Uint8Array, into: Float32Array): void {
  for (let at = 0, out = 0; out < into.length; at += 20, out += size) {
    const scale = float16At(bytes, at);
    const minimum = float16At(bytes, at + 2);
    for (let i = 0; i < half; i++) {
      const pair = bytes[at + 4 + i]!;
      into[out + i] = scale * (pair & 15) + minimum;
      into[out + half + i] = scale * (pair >> 4) + minimum;
    }
  }
}

/** Q5_0: scale, 32 fifth bits, nibbles as in Q4_0. x = scale (q - 16) */
export function dequantiseQ5(bytes: Uint8Array, into: Float32Array): void {
  for (let at = 0, out = 0; out < into.length; at += 22, out += size) {
    const scale = float16At(bytes, at);
    for (let i = 0; i < half; i++) {
      const pair = bytes[at + 6 + i]!;
      const lowFifth = (bytes[at + 2 + (i >> 3)]! >> (i & 7)) & 1;
      const highFifth = (bytes[at + 4 + (i >> 3)]! >> (i & 7)) & 1;
      into[out + i] = scale * (((pair & 15) | (lowFifth << 4)) - 16);
      into[out + half + i] = scale * (((pair >> 4) | (highFifth << 4)) - 16);
    }
  }
}
