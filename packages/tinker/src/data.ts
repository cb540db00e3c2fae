/**
 * What goes into training and sampling: token ids, images, audio and named tensors (protocol, section 4). The names
 * and meanings are those of Tinsmith's contract, so its values pass as they are. Nothing here sends anything.
 */
import { badInput } from './errors.js';

export interface EncodedTextChunk {
  readonly type: 'encoded_text';
  /** Token ids. */
  readonly tokens: ArrayLike<number>;
}

export interface ImageChunk {
  readonly type: 'image';
  /** The encoded file, PNG or JPEG. */
  readonly data: Uint8Array;
  readonly format: 'png' | 'jpeg';
  /** How many tokens the image takes; the server computes the true count and may refuse another. */
  readonly expectedTokens?: number;
}

/** An image that the server fetches. For sampling only: the training path has no such message. */
export interface ImageAssetPointerChunk {
  readonly type: 'image_asset_pointer';
  readonly location: string;
  readonly format: 'png' | 'jpeg';
  readonly expectedTokens?: number;
}

/** Audio in a TensorContainer (section 4.1), whose first dimension is the number of tokens. */
export interface DmelChunk {
  readonly type: 'dmel';
  readonly dmel: Uint8Array;
}

export type Chunk = EncodedTextChunk | ImageChunk | ImageAssetPointerChunk | DmelChunk;

/** A sequence of chunks; its length in tokens is the sum of theirs. */
export interface ModelInput {
  readonly chunks: readonly Chunk[];
}

export type TensorType = 'int64' | 'float32';

/** A flat, row-major array. Without `shape` it is one-dimensional. */
export interface TensorData {
  /** Bigints are for int64 values beyond 2^53. */
  readonly data: ArrayLike<number> | ArrayLike<bigint>;
  readonly dtype: TensorType;
  readonly shape?: readonly number[];
  /** CSR, both or neither: `data` then holds the stored values, `shape` is [rows, columns]; an absent cell is 0. */
  readonly sparseCrowIndices?: ArrayLike<number>;
  readonly sparseColIndices?: ArrayLike<number>;
}

/** "These positions are positions offset..offset+length of that sequence": where training data came from (0.38.0). */
export interface ProvenanceSpan {
  readonly kind: 'prompt' | 'sampled';
  readonly sequenceId: string;
  /** Default 0. */
  readonly offset?: number;
  readonly length: number;
}

/**
 * One training example. Inputs and targets are already shifted: position i of the input predicts `target_tokens[i]`.
 * Every per-token tensor has N = length of the input entries, or the shape [N, K] for soft targets. The keys of
 * `lossFnInputs` are the protocol's: target_tokens, weights, logprobs, advantages, ...
 */
export interface Datum {
  readonly modelInput: ModelInput;
  readonly lossFnInputs: Readonly<Record<string, TensorData>>;
  /** Both or neither: they tile the model input and the targets. */
  readonly modelInputSpans?: readonly ProvenanceSpan[];
  readonly lossFnInputSpans?: readonly ProvenanceSpan[];
}

export function modelInput(tokens: ArrayLike<number>): ModelInput {
  return { chunks: [{ type: 'encoded_text', tokens }] };
}

/**
 * A datum for learning to predict every next token: the input is all tokens but the last, the targets are all but the first, and
 * `weights[i]` (default 1) belongs to target i. The tokens are copied once; input and targets are views of that copy.
 */
export function nextTokenDatum(tokens: ArrayLike<number>, weights?: ArrayLike<number>): Datum {
  const targets = tokens.length - 1;
  if (targets < 1) throw badInput('a datum of next tokens needs at least two tokens');
  if (weights && weights.length !== targets)
    throw badInput(
      `${tokens.length} tokens have ${targets} targets, but there are ${weights.length} weights`,
    );
  const all = new Int32Array(tokens);
  return {
    modelInput: modelInput(all.subarray(0, targets)),
    lossFnInputs: {
      target_tokens: int64(all.subarray(1)),
      weights: float32(weights ?? new Float32Array(targets).fill(1)),
    },
  };
}

export const int64 = (data: ArrayLike<number> | ArrayLike<bigint>, shape?: readonly number[]): TensorData =>
  shape ? { data, dtype: 'int64', shape } : { data, dtype: 'int64' };

export const float32 = (data: ArrayLike<number>, shape?: readonly number[]): TensorData =>
  shape ? { data, dtype: 'float32', shape } : { data, dtype: 'float32' };

/** CSR of a dense [rows, columns] array: only the cells that are not 0 are stored. */
export function csr(
  dense: ArrayLike<number>,
  shape: readonly [number, number],
  dtype: TensorType,
): TensorData {
  const [rows, columns] = shape;
  if (dense.length !== rows * columns)
    throw badInput(`csr: ${dense.length} cells do not fill the shape [${shape.join(', ')}]`);
  const data: number[] = [];
  const crow = [0];
  const col: number[] = [];
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++) {
      const value = dense[row * columns + column]!;
      if (value === 0) continue;
      data.push(value);
      col.push(column);
    }
    crow.push(data.length);
  }
  return { data, dtype, shape, sparseCrowIndices: crow, sparseColIndices: col };
}

/** The number of tokens of an input. An image counts its `expectedTokens`, without which it cannot be told. */
export function inputLength(input: ModelInput): number {
  return input.chunks.reduce((length, chunk) => length + chunkLength(chunk), 0);
}

export function chunkLength(chunk: Chunk): number {
  if (chunk.type === 'encoded_text') return chunk.tokens.length;
  if (chunk.type === 'dmel') return containerRows(chunk.dmel);
  if (chunk.expectedTokens === undefined)
    throw badInput('the length of an image is not known without expectedTokens');
  return chunk.expectedTokens;
}

/** True if every chunk says how many tokens it has. */
export const hasKnownLength = (input: ModelInput): boolean =>
  input.chunks.every(
    chunk => !chunk.type.startsWith('image') || (chunk as ImageChunk).expectedTokens !== undefined,
  );

/** Dimension 0 of a TensorContainer: [254]? dtype, rank as a varint, then the dimensions as varints. */
function containerRows(bytes: Uint8Array): number {
  let at = bytes[0] === 254 ? 2 : 1;
  const varint = (): number => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = bytes[at++];
      if (byte === undefined || factor > 2 ** 56) throw badInput('a dmel chunk has no readable header');
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  if ((bytes[at - 1] ?? 255) > 7) throw badInput('a dmel chunk has an unknown type of numbers');
  return varint() === 0 ? 1 : varint();
}

export const isSparse = (tensor: TensorData): boolean =>
  tensor.sparseCrowIndices !== undefined || tensor.sparseColIndices !== undefined;

export const tensorShape = (tensor: TensorData): readonly number[] => tensor.shape ?? [tensor.data.length];
