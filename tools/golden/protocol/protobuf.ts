/**
 * The protobuf body of `forward_backward`, decoded to what the recordings print. Written apart from the client's encoder, so that
 * the two cannot be wrong in the same way.
 */
import type { Json } from './recording.ts';

type Visit = (field: number, value: bigint | Buffer) => void;

function walk(message: Buffer, visit: Visit): void {
  let at = 0;
  const varint = (): bigint => {
    let value = 0n;
    for (let shift = 0n; ; shift += 7n) {
      const byte = message[at++];
      if (byte === undefined) throw new Error('a varint is cut off');
      value |= BigInt(byte & 127) << shift;
      if (byte < 128) return value;
    }
  };
  while (at < message.length) {
    const key = varint();
    const [field, type] = [Number(key >> 3n), Number(key & 7n)];
    if (type === 0) visit(field, varint());
    else {
      const length = type === 1 ? 8 : type === 5 ? 4 : Number(varint());
      visit(field, message.subarray(at, at + length));
      at += length;
    }
  }
}

const numbersOf = (bytes: Buffer, width: number, read: (at: number) => number): number[] =>
  Array.from({ length: bytes.length / width }, (_, index) => read(index * width));
const int32 = (bytes: Buffer) => numbersOf(bytes, 4, at => bytes.readInt32LE(at));
const int64 = (bytes: Buffer) => numbersOf(bytes, 8, at => Number(bytes.readBigInt64LE(at)));
const float32 = (bytes: Buffer) => numbersOf(bytes, 4, at => bytes.readFloatLE(at));

function entry(bytes: Buffer): [string, Buffer] {
  let key = '';
  let value: Buffer = Buffer.alloc(0);
  walk(bytes, (field, part) => {
    if (field === 1) key = part.toString();
    else value = part as Buffer;
  });
  return [key, value];
}

function tensor(bytes: Buffer): Json {
  let dense: Buffer | undefined;
  const sparse: Buffer[] = [];
  let type = 1;
  const shape: number[] = [];
  walk(bytes, (field, value) => {
    if (field === 1) dense = value as Buffer;
    else if (field === 2) walk(value as Buffer, (part, data) => (sparse[part] = data as Buffer));
    else if (field === 3) type = Number(value);
    else if (field === 4 && typeof value === 'bigint') shape.push(Number(value));
    else if (field === 4) {
      let size = 0n;
      let shift = 0n;
      for (const byte of value as Buffer) {
        size |= BigInt(byte & 127) << shift;
        shift += 7n;
        if (byte >= 128) continue;
        shape.push(Number(size));
        [size, shift] = [0n, 0n];
      }
    }
  });
  const numbers = (data: Buffer) => (type === 2 ? int64(data) : float32(data));
  return {
    dtype: type === 2 ? 'int64' : 'float32',
    shape,
    ...(dense
      ? { data: numbers(dense) }
      : { csr: { values: numbers(sparse[1]!), crow: int64(sparse[2]!), col: int64(sparse[3]!) } }),
  };
}

function chunk(bytes: Buffer): Json {
  let out: Json = {};
  walk(bytes, (arm, message) => {
    const fields: Record<number, bigint | Buffer> = {};
    walk(message as Buffer, (field, value) => (fields[field] = value));
    if (arm === 1) out = { tokens: int32((fields[1] ?? Buffer.alloc(0)) as Buffer) };
    else if (arm === 2)
      out = {
        image_b64: (fields[1] as Buffer).toString('base64'),
        format: String(fields[2]),
        ...(fields[3] !== undefined && { expected_tokens: Number(fields[3]) }),
      };
    else out = { dmel_b64: (fields[1] as Buffer).toString('base64') };
  });
  return out;
}

function span(bytes: Buffer): Json {
  let out: Json = {};
  walk(bytes, (arm, message) => {
    const fields: Record<number, bigint | Buffer> = {};
    walk(message as Buffer, (field, value) => (fields[field] = value));
    const told = {
      sequence_id: String(fields[1]),
      offset: Number(fields[2] ?? 0),
      length: Number(fields[3] ?? 0),
    };
    out = arm === 1 ? { prompt_tokens: told } : { sampled_tokens: told };
  });
  return out;
}

function datum(bytes: Buffer): Json {
  const [input, inputs, inputSpans, lossSpans] = [
    [] as Json[],
    {} as Record<string, Json>,
    [] as Json[],
    [] as Json[],
  ];
  walk(bytes, (field, value) => {
    if (field === 1) input.push(chunk(value as Buffer));
    else if (field === 2) {
      const [key, data] = entry(value as Buffer);
      inputs[key] = tensor(data);
    } else if (field === 3) inputSpans.push(span(value as Buffer));
    else if (field === 4) lossSpans.push(span(value as Buffer));
  });
  return {
    model_input: input,
    loss_fn_inputs: inputs,
    ...(inputSpans.length > 0 && { model_input_spans: inputSpans }),
    ...(lossSpans.length > 0 && { loss_fn_input_spans: lossSpans }),
  };
}

export function decodeTrainingRequest(bytes: Buffer): Json {
  const out = { model_id: '', seq_id: 0, loss_fn: '', forward_only: false };
  const data: Json[] = [];
  const older: Record<string, number> = {};
  const newer: Record<string, number | string> = {};
  walk(bytes, (field, value) => {
    if (field === 1) out.model_id = value.toString();
    else if (field === 2) out.seq_id = Number(value);
    else if (field === 3) data.push(datum(value as Buffer));
    else if (field === 4) out.loss_fn = value.toString();
    else if (field === 5) {
      const [key, number] = entry(value as Buffer);
      older[key] = number.readDoubleLE();
    } else if (field === 6) out.forward_only = value !== 0n;
    else if (field === 7) {
      const [key, option] = entry(value as Buffer);
      walk(
        option,
        (arm, told) => (newer[key] = arm === 1 ? (told as Buffer).readDoubleLE() : told.toString()),
      );
    }
  });
  return {
    message: 'ForwardBackwardRequest',
    ...out,
    data,
    ...(Object.keys(older).length > 0 && { loss_fn_config: older }),
    ...(Object.keys(newer).length > 0 && { loss_fn_config_v2: newer }),
  };
}
