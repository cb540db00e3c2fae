/**
 * Weights in eight bits, for decoding: each block of 32 weights of a row has a scale, as in llama.cpp's Q8_0, and onnxruntime rounds
 * the activations to eight bits as well, block by block and row by row. Knows nothing of files.
 */
import { emit, type Tensor } from '@tinsmith/graph';

const block = 32;
/** Stands for 0: the stored bytes have no sign. */
const zero = 128;
const scalesName = (matrix: string): string => `${matrix}_scales`;

/** Matrices [out, inSize] below one another as two constants, for {@link quantisedProduct} of the same name. */
export function quantise(
  name: string,
  inSize: number,
  matrices: readonly Float32Array[],
): readonly (readonly [string, Float32Array | Uint8Array])[] {
  const { bytes, scales } = quantiseRows(matrices, inSize);
  return [
    [name, bytes],
    [scalesName(name), scales],
  ];
}

/** x [n, in] times the transpose of a quantised matrix [out, in]. Declares its two constants as inputs. */
export function quantisedProduct(
  x: Tensor,
  name: string,
  [outSize, inSize]: readonly [number, number],
): Tensor {
  const blocks = Math.ceil(inSize / block);
  return emit({
    operator: 'MatMulNBits',
    domain: 'com.microsoft',
    attributes: {
      K: { int: inSize },
      N: { int: outSize },
      bits: { int: 8 },
      block_size: { int: block },
      accuracy_level: { int: 4 }, // int8 activations: without, the kernel multiplies in float32, several times as slowly
    },
    inputs: [
      x,
      x.graph.input(name, 'uint8', [outSize, blocks, block]),
      x.graph.input(scalesName(name), 'float32', [outSize * blocks]),
    ],
    type: 'float32',
    shape: [x.shape[0]!, outSize],
  });
}

/** Rows [out, in] in blocks along `in`; the last block of a row is filled up with zeros. */
function quantiseRows(
  matrices: readonly Float32Array[],
  inSize: number,
): { readonly bytes: Uint8Array; readonly scales: Float32Array } {
  const blocks = Math.ceil(inSize / block);
  const places = (matrices.reduce((sum, { length }) => sum + length, 0) / inSize) * blocks;
  const bytes = new Uint8Array(places * block).fill(zero);
  const scales = new Float32Array(places);
  let place = 0;
  for (const weights of matrices)
    for (let row = 0; row < weights.length; row += inSize)
      for (let start = 0; start < inSize; start += block, place++) {
        const from = row + start;
        const count = Math.min(block, inSize - start);
        let largest = 0;
        for (let i = from; i < from + count; i++) largest = Math.max(largest, Math.abs(weights[i]!));
        const scale = Math.fround(largest / 127);
        scales[place] = scale;
        if (scale === 0) continue;
        for (let i = 0; i < count; i++)
          bytes[place * block + i] = zero + Math.round(weights[from + i]! / scale);
      }
  return { bytes, scales };
}
