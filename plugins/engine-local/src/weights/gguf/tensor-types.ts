/**
 * The element types of GGUF tensors that are read: their numbers in a file, block sizes, and the way to float32. A row is a
 * sequence of blocks; a block holds its elements and the numbers that scale them. Knows nothing of files.
 *
 * Layouts: `block_*` in ggml-common.h of llama.cpp. All products below are exact before the one rounding to float32, so the values
 * are those of the reference implementation bit for bit.
 */
import { widenBfloat16, widenFloat16 } from '../element-types.js';
import { dequantiseQ4K, dequantiseQ6K } from './k-blocks.js';
import { dequantiseQ4, dequantiseQ4WithMinimum, dequantiseQ5, dequantiseQ8 } from './small-blocks.js';

/** Widens whole blocks, which fill `into`. */
export type Dequantise = (bytes: Uint8Array, into: Float32Array) => void;

export interface TensorType {
  readonly id: number;
  readonly name: TensorTypeName;
  /** Elements of a block. */
  readonly elements: number;
  /** Bytes of a block. */
  readonly bytes: number;
  readonly dequantise: Dequantise;
}

export type TensorTypeName = 'F32' | 'F16' | 'BF16' | 'Q8_0' | 'Q4_0' | 'Q4_1' | 'Q5_0' | 'Q6_K' | 'Q4_K';

export const tensorTypes: readonly TensorType[] = [
  {
    id: 0,
    name: 'F32',
    elements: 1,
    bytes: 4,
    dequantise: (bytes, into) => into.set(aligned(bytes, Float32Array)),
  },
  {
    id: 1,
    name: 'F16',
    elements: 1,
    bytes: 2,
    dequantise: (bytes, into) => void widenFloat16(aligned(bytes, Uint16Array), into),
  },
  {
    id: 30,
    name: 'BF16',
    elements: 1,
    bytes: 2,
    dequantise: (bytes, into) => void widenBfloat16(aligned(bytes, Uint16Array), into),
  },
  { id: 8, name: 'Q8_0', elements: 32, bytes: 34, dequantise: dequantiseQ8 },
  { id: 2, name: 'Q4_0', elements: 32, bytes: 18, dequantise: dequantiseQ4 },
  { id: 3, name: 'Q4_1', elements: 32, bytes: 20, dequantise: dequantiseQ4WithMinimum },
  { id: 6, name: 'Q5_0', elements: 32, bytes: 22, dequantise: dequantiseQ5 },
  { id: 12, name: 'Q4_K', elements: 256, bytes: 144, dequantise: dequantiseQ4K },
  { id: 14, name: 'Q6_K', elements: 256, bytes: 210, dequantise: dequantiseQ6K },
];

/** Types that llama.cpp writes and that are not read here: for the error. */
const otherTypes: Readonly<Record<number, string>> = {
  7: 'Q5_1',
  9: 'Q8_1',
  10: 'Q2_K',
  11: 'Q3_K',
  13: 'Q5_K',
  15: 'Q8_K',
  16: 'IQ2_XXS',
  17: 'IQ2_XS',
  18: 'IQ3_XXS',
  19: 'IQ1_S',
  20: 'IQ4_NL',
  21: 'IQ3_S',
  22: 'IQ2_S',
  23: 'IQ4_XS',
  24: 'I8',
  25: 'I16',
  26: 'I32',
  27: 'I64',
  28: 'F64',
  29: 'IQ1_M',
  34: 'TQ1_0',
  35: 'TQ2_0',
  39: 'MXFP4',
};

export const findTensorType = (id: number): TensorType | undefined =>
  tensorTypes.find(type => type.id === id);

export const tensorTypeLabel = (id: number): string =>
  findTensorType(id)?.name ?? otherTypes[id] ?? `type ${id}`;

/** A typed view; a copy where the bytes do not lie on a multiple of the element's size. */
function aligned<T extends Float32Array | Uint16Array>(
  bytes: Uint8Array,
  type: {
    new (buffer: ArrayBufferLike, offset: number, length: number): T;
    readonly BYTES_PER_ELEMENT: number;
  },
): T {
  const size = type.BYTES_PER_ELEMENT;
  const fitting = bytes.byteOffset % size === 0 ? bytes : bytes.slice();
  return new type(fitting.buffer, fitting.byteOffset, fitting.byteLength / size);
}
