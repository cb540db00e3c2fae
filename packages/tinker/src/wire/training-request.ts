/**
 * The protobuf body of `forward_backward` (protocol, sections 6.8 and 11). Knows nothing of chunking or sending.
 */
import type { Chunk, Datum, ProvenanceSpan, TensorData } from '../data.js';
import { isSparse } from '../data.js';
import { badInput } from '../errors.js';
import {
  bytes,
  double,
  encode,
  float32Bytes,
  int32Bytes,
  int64Bytes,
  integer,
  message,
  packed,
  text,
} from './writer.js';
import type { Part } from './writer.js';

export interface TrainingRequest {
  readonly modelId: string;
  readonly seqId: number;
  readonly data: readonly Datum[];
  readonly lossFn: string;
  readonly lossFnConfig?: Readonly<Record<string, number | string>> | undefined;
  readonly forwardOnly: boolean;
}

const FLOAT32 = 1;
const INT64 = 2;

/**
 * Numbers of the config go into both maps, text only into the newer one, as section 11 rules; a 0.25.0 server
 * knows only the older and gets only that.
 */
export function encodeTrainingRequest(request: TrainingRequest, newer: boolean): Uint8Array<ArrayBuffer> {
  const config = Object.entries(request.lossFnConfig ?? {});
  return encode([
    text(1, request.modelId),
    integer(2, request.seqId),
    ...request.data.map(datumPart),
    text(4, request.lossFn),
    ...config.map(([key, value]) => {
      if (typeof value === 'number') return message(5, [text(1, key), double(2, value)]);
      if (!newer)
        throw badInput(`the loss option ${key} is text, which this server's dialect (0.25.0) cannot carry`);
      return undefined;
    }),
    integer(6, request.forwardOnly ? 1 : 0),
    ...(newer ? config : []).map(([key, value]) =>
      message(7, [text(1, key), message(2, [typeof value === 'number' ? double(1, value) : text(2, value)])]),
    ),
  ]);
}

function datumPart(datum: Datum): Part {
  return message(3, [
    ...datum.modelInput.chunks.map(chunkPart),
    ...Object.entries(datum.lossFnInputs).map(([key, tensor]) =>
      message(2, [text(1, key), message(2, tensorParts(tensor))]),
    ),
    ...(datum.modelInputSpans ?? []).map(span => spanPart(3, span)),
    ...(datum.lossFnInputSpans ?? []).map(span => spanPart(4, span)),
  ]);
}

function chunkPart(chunk: Chunk): Part {
  switch (chunk.type) {
    case 'encoded_text':
      return message(1, [message(1, [bytes(1, int32Bytes(chunk.tokens))])]);
    case 'image':
      return message(1, [
        message(2, [
          bytes(1, chunk.data),
          text(2, chunk.format),
          chunk.expectedTokens === undefined ? undefined : integer(3, chunk.expectedTokens, true),
        ]),
      ]);
    case 'dmel':
      return message(1, [message(3, [bytes(1, chunk.dmel)])]);
    default:
      throw badInput('an image_asset_pointer can only be sampled from, not trained on');
  }
}

function tensorParts(tensor: TensorData): readonly (Part | undefined)[] {
  const values =
    tensor.dtype === 'int64' ? int64Bytes(tensor.data) : float32Bytes(tensor.data as ArrayLike<number>);
  return [
    isSparse(tensor)
      ? message(2, [
          bytes(1, values),
          bytes(2, int64Bytes(tensor.sparseCrowIndices!)),
          bytes(3, int64Bytes(tensor.sparseColIndices!)),
        ])
      : bytes(1, values),
    integer(3, tensor.dtype === 'int64' ? INT64 : FLOAT32),
    packed(4, tensor.shape ?? [tensor.data.length]),
  ];
}

const spanPart = (field: number, span: ProvenanceSpan): Part =>
  message(field, [
    message(span.kind === 'prompt' ? 1 : 2, [
      text(1, span.sequenceId),
      integer(2, span.offset ?? 0),
      integer(3, span.length),
    ]),
  ]);
