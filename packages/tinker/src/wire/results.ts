/**
 * The two protobuf results, and their JSON forms of older servers (protocol, sections 4.5, 7.3 and 11).
 */
import { badResponse } from '../errors.js';
import type {
  ForwardBackwardOutput,
  OutputTensor,
  SampledSequence,
  SampleResponse,
  TopLogprobs,
} from '../types.js';
import * as read from './reader.js';
import type { Field } from './reader.js';

const FLOAT32 = 1;
const INT64 = 2;
const INT32 = 3;
const BFLOAT16 = 4;

function numbers(bytes: Uint8Array, type: number): Float32Array | Float64Array | Int32Array {
  if (type === FLOAT32) return read.float32Array(bytes);
  if (type === INT64) return read.int64Array(bytes);
  if (type === INT32) return read.int32Array(bytes);
  if (type === BFLOAT16) return read.bfloat16Array(bytes);
  throw badResponse(`the answer holds numbers of an unknown type (${type})`);
}

const nameOf = (type: number): 'float32' | 'int64' =>
  type === FLOAT32 || type === BFLOAT16 ? 'float32' : 'int64';

// ---- forward, forward_backward

type Mutable = {
  lossFnOutputType: string;
  lossFnOutputs: Record<string, OutputTensor>[];
  metrics: Record<string, number>;
};

export function decodeForwardBackward(bytes: Uint8Array): ForwardBackwardOutput {
  const output: Mutable = { lossFnOutputType: '', lossFnOutputs: [], metrics: {} };
  read.readFields(bytes, field => {
    if (field.id === 1) output.lossFnOutputType = shortType(read.readText(field));
    else if (field.id === 2) readRecord(field.bytes, output.lossFnOutputs);
    else if (field.id === 3) {
      const [key, value] = read.readEntry(field.bytes, read.readDouble);
      output.metrics[key] = value ?? 0;
    }
  });
  return output;
}

/** Shown without anything before its last colon. */
const shortType = (type: string): string => type.slice(type.lastIndexOf(':') + 1);

/** An ArrayRecord: batched tensors for a run of datums. */
function readRecord(bytes: Uint8Array, outputs: Record<string, OutputTensor>[]): void {
  const fields: [string, readonly OutputTensor[]][] = [];
  let count = 0;
  read.readFields(bytes, field => {
    if (field.id === 3) count = field.number;
    else if (field.id === 2) {
      const [key, tensors] = read.readEntry(field.bytes, entry => readBatch(entry.bytes));
      fields.push([key, tensors ?? []]);
    }
  });
  count ||= fields[0]?.[1].length ?? 0;
  for (let index = 0; index < count; index++) {
    const datum: Record<string, OutputTensor> = {};
    for (const [key, tensors] of fields) {
      const tensor = tensors[index];
      if (!tensor) throw badResponse(`the answer holds ${tensors.length} of ${count} outputs "${key}"`);
      datum[key] = tensor;
    }
    outputs.push(datum);
  }
}

/** `offsets` are byte offsets into `data`, one more than there are datums. */
function readBatch(bytes: Uint8Array): OutputTensor[] {
  let data: Uint8Array = new Uint8Array(0);
  let offsets: Float64Array = new Float64Array(0);
  let type = 0;
  const trailing: number[] = [];
  read.readFields(bytes, field => {
    if (field.id === 1) data = field.bytes;
    else if (field.id === 2) offsets = read.int64Array(field.bytes);
    else if (field.id === 3) type = field.number;
    else if (field.id === 4) read.readIntegers(field, trailing);
  });
  const row = trailing.reduce((product, size) => product * size, 1);
  // One copy for all datums, of which each gets its part.
  const all = numbers(data, type);
  const width = all.length === 0 ? 1 : data.length / all.length;
  const tensors: OutputTensor[] = [];
  for (let index = 0; index + 1 < offsets.length; index++) {
    const [from, to] = [offsets[index]! / width, offsets[index + 1]! / width];
    if (from > to || to > all.length || !Number.isInteger(from) || !Number.isInteger(to))
      throw badResponse('the answer holds outputs outside of their data');
    const values = all.subarray(from, to);
    tensors.push({
      data: values,
      dtype: nameOf(type),
      shape: [row === 0 ? 0 : values.length / row, ...trailing],
    });
  }
  return tensors;
}

type Json = Readonly<Record<string, unknown>>;

export function forwardBackwardFromJson(json: Json): ForwardBackwardOutput {
  const outputs = json['loss_fn_outputs'];
  if (!Array.isArray(outputs)) throw badResponse('the answer has no loss_fn_outputs', { body: json });
  return {
    lossFnOutputType:
      typeof json['loss_fn_output_type'] === 'string' ? shortType(json['loss_fn_output_type']) : '',
    lossFnOutputs: outputs.map(output =>
      Object.fromEntries(
        Object.entries(output as Json).map(([key, tensor]) => [key, tensorFromJson(tensor as Json)]),
      ),
    ),
    metrics: metricsFromJson(json['metrics']),
  };
}

/** A non-finite metric arrives as null from some servers (section 19.0). */
export function metricsFromJson(json: unknown): Record<string, number> {
  const metrics: Record<string, number> = {};
  for (const [key, value] of Object.entries((json ?? {}) as Json))
    metrics[key] = value === null ? Number.NaN : Number(value);
  return metrics;
}

function tensorFromJson(json: Json): OutputTensor {
  const data = json['data'];
  if (!Array.isArray(data)) throw badResponse('the answer holds a tensor without data', { body: json });
  const integers = json['dtype'] === 'int64';
  const values = data.map(value => (value === null ? Number.NaN : Number(value)));
  return {
    data: integers ? Float64Array.from(values) : Float32Array.from(values),
    dtype: integers ? 'int64' : 'float32',
    shape: Array.isArray(json['shape']) ? (json['shape'] as number[]) : [values.length],
  };
}

// ---- sample

type Draft = { -readonly [K in keyof SampleResponse]: SampleResponse[K] } & { sequences: SampledSequence[] };

export function decodeSample(bytes: Uint8Array): SampleResponse {
  const response: Draft = { sequences: [], promptCacheHitTokens: 0 };
  read.readFields(bytes, field => {
    if (field.id === 1) response.sequences.push(readSequence(field.bytes));
    else if (field.id === 2 && field.bytes.length > 0)
      response.promptLogprobs = Array.from(read.float32Array(field.bytes), value =>
        Number.isNaN(value) ? null : value,
      );
    else if (field.id === 3) response.topkPromptLogprobs = readTop(field.bytes);
    else if (field.id === 4) response.promptCacheHitTokens = field.number;
    else if (field.id === 5) response.targetPromptLogprobs = readTensor(field);
    else if (field.id === 6) response.promptAltTokens = readAlternatives(field.bytes);
  });
  return response;
}

function readSequence(bytes: Uint8Array): SampledSequence {
  const sequence: { -readonly [K in keyof SampledSequence]: SampledSequence[K] } = {
    tokens: [],
    logprobs: [],
    stopReason: 'stop',
  };
  read.readFields(bytes, field => {
    if (field.id === 1) sequence.stopReason = field.number === 1 ? 'length' : 'stop';
    else if (field.id === 2) sequence.tokens = Array.from(read.int32Array(field.bytes));
    else if (field.id === 3) sequence.logprobs = Array.from(read.float32Array(field.bytes));
    else if (field.id === 4) sequence.topkLogprobs = readTop(field.bytes);
  });
  return sequence;
}

/** What fills the cells of a position that has fewer than k entries. */
const UNUSED = -99999;

function readTop(bytes: Uint8Array): (TopLogprobs | null)[] {
  let ids: Int32Array = new Int32Array(0);
  let logprobs: Float32Array = new Float32Array(0);
  let k = 0;
  let length = 0;
  read.readFields(bytes, field => {
    if (field.id === 1) ids = read.int32Array(field.bytes);
    else if (field.id === 2) logprobs = read.float32Array(field.bytes);
    else if (field.id === 3) k = field.number;
    else if (field.id === 4) length = field.number;
  });
  if (ids.length < k * length || logprobs.length < k * length)
    throw badResponse('the answer holds fewer top-k logprobs than it says');
  return Array.from({ length }, (_, position) => {
    const row: (readonly [number, number])[] = [];
    for (let rank = 0; rank < k; rank++) {
      const cell = position * k + rank;
      if (logprobs[cell] !== UNUSED) row.push([ids[cell]!, logprobs[cell]!]);
      else if (rank === 0) return null;
    }
    return row;
  });
}

function readTensor(field: Field): OutputTensor {
  let values: Uint8Array = new Uint8Array(0);
  let crow: number[] | undefined;
  let col: number[] = [];
  let type = FLOAT32;
  const shape: number[] = [];
  read.readFields(field.bytes, part => {
    if (part.id === 1) values = part.bytes;
    else if (part.id === 2)
      read.readFields(part.bytes, sparse => {
        if (sparse.id === 1) values = sparse.bytes;
        else if (sparse.id === 2) crow = Array.from(read.int64Array(sparse.bytes));
        else if (sparse.id === 3) col = Array.from(read.int64Array(sparse.bytes));
      });
    else if (part.id === 3) type = part.number;
    else if (part.id === 4) read.readIntegers(part, shape);
  });
  const data = numbers(values, type);
  return {
    data,
    dtype: nameOf(type),
    shape: shape.length > 0 ? shape : [data.length],
    ...(crow && { sparseCrowIndices: crow, sparseColIndices: col }),
  };
}

function readAlternatives(bytes: Uint8Array): { tokens: OutputTensor; logprobs: OutputTensor } {
  let tokens: OutputTensor | undefined;
  let logprobs: OutputTensor | undefined;
  read.readFields(bytes, field => {
    if (field.id === 1) tokens = readTensor(field);
    else if (field.id === 2) logprobs = readTensor(field);
  });
  if (!tokens || !logprobs) throw badResponse('the answer holds alternative tokens without their logprobs');
  return { tokens, logprobs };
}

export function sampleFromJson(json: Json): SampleResponse {
  const sequences = json['sequences'];
  if (!Array.isArray(sequences)) throw badResponse('the answer has no sequences', { body: json });
  const response: Draft = {
    promptCacheHitTokens: Number(json['prompt_cache_hit_tokens'] ?? 0),
    sequences: sequences.map((item: Json) => ({
      tokens: item['tokens'] as number[],
      logprobs: (item['logprobs'] ?? []) as number[],
      stopReason: item['stop_reason'] === 'length' ? ('length' as const) : ('stop' as const),
      ...(item['topk_logprobs'] != null && { topkLogprobs: item['topk_logprobs'] as (TopLogprobs | null)[] }),
    })),
  };
  if (json['prompt_logprobs'] != null) response.promptLogprobs = json['prompt_logprobs'] as (number | null)[];
  if (json['topk_prompt_logprobs'] != null)
    response.topkPromptLogprobs = json['topk_prompt_logprobs'] as (TopLogprobs | null)[];
  return response;
}
