/** From float32 to what a GGUF file stores. The way back is in the dequantisers. */
import { narrowToFloat16 } from '../element-types.js';

export type WrittenType = 'F32' | 'F16' | 'Q8_0';

/** Elements of a Q8_0 block; rows of another multiple cannot be stored so. */
export const q8BlockSize = 32;

export const encoders: Readonly<Record<WrittenType, (data: Float32Array) => Uint8Array>> = {
  F32: bytesOf,
  F16: data => bytesOf(narrowToFloat16(data)),
  Q8_0: quantiseQ8,
};

function bytesOf(view: ArrayBufferView): Uint8Array {
  return new Uint8Array(view.buffer, view.byteOffset, view.byteLength);
}

/**
 * Blocks of 32 signed bytes under a float16 scale of a 127th of the largest magnitude. Rounds, in float32 at every step and halves
 * away from zero, as `quantize_row_q8_0_ref` of llama.cpp does: the bytes are the same.
 */
export function quantiseQ8(data: Float32Array): Uint8Array {
  const blocks = data.length / q8BlockSize;
  const bytes = new Uint8Array(blocks * (q8BlockSize + 2));
  const signed = new Int8Array(bytes.buffer);
  const scales = new Float32Array(blocks);
  for (let block = 0; block < blocks; block++) {
    const from = block * q8BlockSize;
    let largest = 0;
    for (let i = 0; i < q8BlockSize; i++) largest = Math.max(largest, Math.abs(data[from + i]!));
    const scale = Math.fround(largest / 127);
    scales[block] = scale;
    const inverse = scale === 0 ? 0 : Math.fround(1 / scale);
    const to = block * (q8BlockSize + 2) + 2;
    for (let i = 0; i < q8BlockSize; i++) {
      const quotient = Math.fround(data[from + i]! * inverse);
      signed[to + i] = Math.trunc(quotient + (quotient < 0 ? -0.5 : 0.5));
    }
  }
  narrowToFloat16(scales).forEach((code, block) => {
    bytes[block * (q8BlockSize + 2)] = code & 255;
    bytes[block * (q8BlockSize + 2) + 1] = code >> 8;
  });
  return bytes;
}
