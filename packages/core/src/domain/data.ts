/**
 * What goes in and out of an engine: token ids and named tensors, with the names and meanings of the
 * Tinker API (protocol spec, section 4). Text does not occur here.
 */
export interface EncodedTextChunk {
  readonly type: 'encoded_text';
  readonly tokens: readonly number[];
}

export type Chunk = EncodedTextChunk;

/** A sequence of tokens in chunks; its length is the sum of the chunks' lengths. */
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

/** All token ids of an input, in order. */
export function inputTokens(input: ModelInput): number[] {
  return input.chunks.flatMap(chunk => chunk.tokens);
}

export function inputLength(input: ModelInput): number {
  return input.chunks.reduce((length, chunk) => length + chunk.tokens.length, 0);
}

export const int64 = (data: ArrayLike<number>, shape?: readonly number[]): TensorData =>
  shape ? { data, dtype: 'int64', shape } : { data, dtype: 'int64' };

export const float32 = (data: ArrayLike<number>, shape?: readonly number[]): TensorData =>
  shape ? { data, dtype: 'float32', shape } : { data, dtype: 'float32' };
