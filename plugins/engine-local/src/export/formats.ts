/** What a model can be written as, and what each stores a tensor in. Knows no file. */
import type { WrittenType } from '../weights/gguf/quantise.js';
import { q8BlockSize } from '../weights/gguf/quantise.js';
import type { TensorTypeName } from '../weights/gguf/tensor-types.js';
import type { StoredType } from '../weights/safetensors.js';

/**
 * - `hf`: a folder in Hugging Face layout, each tensor in the type of the base model (what was quantised becomes float32)
 * - `hf-f32`, `hf-bf16`: the same in one type
 * - `gguf-f16`, `gguf-q8_0`: a file for llama.cpp and Ollama; vectors stay float32
 */
export const exportFormats = ['hf', 'hf-f32', 'hf-bf16', 'gguf-f16', 'gguf-q8_0'] as const;
export type ExportFormat = (typeof exportFormats)[number];

export const isGgufFormat = (format: ExportFormat): format is 'gguf-f16' | 'gguf-q8_0' =>
  format.startsWith('gguf-');

/** @param own what the base model stores the tensor in */
export function folderType(format: ExportFormat, own: TensorTypeName): StoredType {
  if (format === 'hf-f32') return 'F32';
  if (format === 'hf-bf16') return 'BF16';
  return own === 'F16' || own === 'BF16' ? own : 'F32';
}

/** As llama.cpp does: vectors in F32; a row that does not divide into blocks in F16. */
export function ggufType(format: 'gguf-f16' | 'gguf-q8_0', shape: readonly number[]): WrittenType {
  if (shape.length === 1) return 'F32';
  return format === 'gguf-q8_0' && shape.at(-1)! % q8BlockSize === 0 ? 'Q8_0' : 'F16';
}
