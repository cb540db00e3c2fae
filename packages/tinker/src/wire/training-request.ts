/**
 * The protobuf body of `forward_backward` (protocol, sections 6.8 and 11). Knows nothing of chunking or sending.
 */
import { estimateDatumBytes } from '../chunking.js';
import type { Chunk, Datum, ProvenanceSpan, TensorData } from '../data.js';
import { isSparse } from '../data.js';
import { badInput } from '../errors.js';
import { Writer } from './writer.js';

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
/** Names, shapes and lengths of a datum with a few inputs. */
const OVERHEAD_BYTES = 200;

/**
 * Numbers of the config go into both maps, text only into the newer one, as section 11 rules; a 0.25.0 server
 * knows only the older and gets only that.
 */
export function encodeTrainingRequest(request: TrainingRequest, newer: boolean): Uint8Array<ArrayBuffer> {
  const { data } = request;
  const size = data.reduce((sum, datum) => sum + estimateDatumBytes(datum) + OVERHEAD_BYTES, 1000);
  const writer = new Writer(size);
  const config = Object.entries(request.lossFnConfig ?? {});
  writer.text(1, request.modelId);
  writer.integer(2, request.seqId);
  for (const datum of data) writer.message(3, () => writeDatum(writer, datum));
  writer.text(4, request.lossFn);
  for (const [key, value] of config) {
    if (typeof value === 'number')
      writer.message(5, () => {
        writer.text(1, key);
        writer.double(2, value);
      });
    else if (!newer)
      throw badInput(`the loss option ${key} is text, which this server's dialect (0.25.0) cannot carry`);
  }
  writer.integer(6, request.forwardOnly ? 1 : 0);
  for (const [key, value] of newer ? config : [])
    writer.message(7, () => {
      writer.text(1, key);
      writer.message(2, () => (typeof value === 'number' ? writer.double(1, value) : writer.text(2, value)));
    });
  return writer.finish();
}

function writeDatum(writer: Writer, datum: Datum): void {
  for (const chunk of datum.modelInput.chunks) writer.message(1, () => writeChunk(writer, chunk));
  for (const [key, tensor] of Object.entries(datum.lossFnInputs))
    writer.message(2, () => {
      writer.text(1, key);
      writer.message(2, () => writeTensor(writer, tensor));
    });
  for (const span of datum.modelInputSpans ?? []) writer.message(3, () => writeSpan(writer, span));
  for (const span of datum.lossFnInputSpans ?? []) writer.message(4, () => writeSpan(writer, span));
}

function writeChunk(writer: Writer, chunk: Chunk): void {
  switch (chunk.type) {
    case 'encoded_text':
      return writer.message(1, () => writer.int32s(1, chunk.tokens));
    case 'image':
      return writer.message(2, () => {
        writer.bytes(1, chunk.data);
        writer.text(2, chunk.format);
        if (chunk.expectedTokens !== undefined) writer.integer(3, chunk.expectedTokens, true);
      });
    case 'dmel':
      return writer.message(3, () => writer.bytes(1, chunk.dmel));
    default:
      throw badInput('an image_asset_pointer can only be sampled from, not trained on');
  }
}

function writeTensor(writer: Writer, tensor: TensorData): void {
  const writeValues = () =>
    tensor.dtype === 'int64'
      ? writer.int64s(1, tensor.data)
      : writer.float32s(1, tensor.data as ArrayLike<number>);
  if (isSparse(tensor))
    writer.message(2, () => {
      writeValues();
      writer.int64s(2, tensor.sparseCrowIndices!);
      writer.int64s(3, tensor.sparseColIndices!);
    });
  else writeValues();
  writer.integer(3, tensor.dtype === 'int64' ? INT64 : FLOAT32);
  writer.packed(4, tensor.shape ?? [tensor.data.length]);
}

function writeSpan(writer: Writer, span: ProvenanceSpan): void {
  writer.message(span.kind === 'prompt' ? 1 : 2, () => {
    writer.text(1, span.sequenceId);
    writer.integer(2, span.offset ?? 0);
    writer.integer(3, span.length);
  });
}
