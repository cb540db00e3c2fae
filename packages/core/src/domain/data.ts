/**
 * What goes in and out of an engine: token ids and named tensors, with the names and meanings of the
 * Tinker API (protocol spec, section 4). Text does not occur here.
 */
import { TinsmithError } from '../error.js';

export interface EncodedTextChunk {
  readonly type: 'encoded_text';
  readonly tokens: readonly number[];
}

export interface ImageChunk {
  readonly type: 'image';
  /** The encoded file, PNG or JPEG. */
  readonly data: Uint8Array;
  readonly format: 'png' | 'jpeg';
  /** How many tokens the image takes. Without it an input with the image has no known length here. */
  readonly expectedTokens?: number;
}

/** An image that the service fetches. */
export interface ImageAssetPointerChunk {
  readonly type: 'image_asset_pointer';
  readonly location: string;
  readonly format: 'png' | 'jpeg';
  readonly expectedTokens?: number;
}

export type MediaChunk = ImageChunk | ImageAssetPointerChunk;
export type Chunk = EncodedTextChunk | MediaChunk;

/** A sequence of tokens and images in chunks; its length is the sum of the chunks' lengths. */
export interface ModelInput {
  readonly chunks: readonly Chunk[];
}

export type TensorType = 'int64' | 'float32';

/** A flat, row-major array. `shape` may be left out if it is one-dimensional. */
export interface TensorData {
  readonly data: ArrayLike<number>;
  readonly dtype: TensorType;
  readonly shape?: readonly number[];
  /** CSR, both or neither: `data` then holds the stored values only, `shape` is [rows, columns]; absent cells are 0. */
  readonly sparseCrowIndices?: readonly number[];
  readonly sparseColIndices?: readonly number[];
}

/**
 * One training example. Inputs and targets are already shifted: position i of the model input predicts
 * `target_tokens[i]`. Every per-token tensor has N = length of the model input entries (N x K for soft
 * targets). The keys of `lossFnInputs` are the protocol's: target_tokens, weights, logprobs, advantages.
 */
export interface Datum {
  readonly modelInput: ModelInput;
  readonly lossFnInputs: Readonly<Record<string, TensorData>>;
}

export function modelInput(tokens: readonly number[]): ModelInput {
  return { chunks: [{ type: 'encoded_text', tokens }] };
}

/**
 * All token ids of an input, in order.
 * @throws INPUT_HAS_MEDIA for an input with an image: it has no ids.
 */
export function inputTokens(input: ModelInput): number[] {
  return input.chunks.flatMap(chunk => {
    if (chunk.type === 'encoded_text') return chunk.tokens;
    throw new TinsmithError({
      code: 'INPUT_HAS_MEDIA',
      message: 'an image has no token ids',
      found: `a chunk of type ${chunk.type}`,
      fix: 'text alone, or an engine and a model that take images',
    });
  });
}

/** @throws MEDIA_LENGTH_UNKNOWN for an image without `expectedTokens`. */
export function inputLength(input: ModelInput): number {
  return input.chunks.reduce((length, chunk) => length + chunkLength(chunk), 0);
}

export function chunkLength(chunk: Chunk): number {
  if (chunk.type === 'encoded_text') return chunk.tokens.length;
  if (chunk.expectedTokens !== undefined) return chunk.expectedTokens;
  throw new TinsmithError({
    code: 'MEDIA_LENGTH_UNKNOWN',
    message: 'the length of an image is known only from its expectedTokens',
    found: `a chunk of type ${chunk.type} without them`,
    fix: "expectedTokens, as the model's image processor gives them",
  });
}

export const int64 = (data: ArrayLike<number>, shape?: readonly number[]): TensorData =>
  shape ? { data, dtype: 'int64', shape } : { data, dtype: 'int64' };

export const float32 = (data: ArrayLike<number>, shape?: readonly number[]): TensorData =>
  shape ? { data, dtype: 'float32', shape } : { data, dtype: 'float32' };
