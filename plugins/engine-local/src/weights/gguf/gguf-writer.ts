/** Writes GGUF files, version 3. Knows the format, not what keys and tensors mean. */
import { createOutputFile, type PlannedTensor, type TensorWriter } from '../output-file.js';
import { elementCount } from '../safetensors.js';
import { encoders, type WrittenType } from './quantise.js';
import { tensorTypes } from './tensor-types.js';

/** A value with the type that readers expect for its key. */
export type WrittenValue =
  | { readonly type: 'u32' | 'i32' | 'f32'; readonly value: number }
  | { readonly type: 'bool'; readonly value: boolean }
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'strings'; readonly value: readonly string[] }
  | { readonly type: 'i32s'; readonly value: readonly number[] }
  | { readonly type: 'f32s'; readonly value: readonly number[] };

const alignment = 32;
const stringType = 8;
const arrayType = 9;
const scalars = { u32: 4, i32: 5, f32: 6, bool: 7 } as const;

/** Begins a file whose tensors come one by one, as float32 in row-major order. */
export function createGguf(
  path: string,
  metadata: Readonly<Record<string, WrittenValue>>,
  plan: readonly PlannedTensor<WrittenType>[],
): TensorWriter {
  const parts: Uint8Array[] = [
    Buffer.from('GGUF'),
    u32(3),
    u64(plan.length),
    u64(Object.keys(metadata).length),
  ];
  for (const [key, value] of Object.entries(metadata)) parts.push(text(key), encodeValue(value));
  let offset = 0;
  for (const { name, shape, type } of plan) {
    const { id } = typeNamed(type);
    parts.push(text(name), u32(shape.length), ...shape.toReversed().map(u64), u32(id), u64(offset));
    offset += padded(byteLength({ shape, type }));
  }
  const header = Buffer.concat(parts);
  const file = createOutputFile(path);
  const appendPadded = (bytes: Uint8Array) => {
    file.append(bytes);
    file.append(new Uint8Array(padded(bytes.length) - bytes.length));
  };
  appendPadded(header);
  const left = [...plan];
  return {
    append(data) {
      const next = left.shift();
      if (!next || elementCount(next.shape) !== data.length)
        throw new Error(`the plan has no tensor of ${data.length} elements here`);
      appendPadded(encoders[next.type](data));
    },
    finish: file.finish,
    close: file.close,
  };
}

const padded = (bytes: number): number => Math.ceil(bytes / alignment) * alignment;
const typeNamed = (name: WrittenType) => tensorTypes.find(type => type.name === name)!;

function byteLength({ shape, type }: { shape: readonly number[]; type: WrittenType }): number {
  const { elements, bytes } = typeNamed(type);
  return (elementCount(shape) / elements) * bytes;
}

function encodeValue(entry: WrittenValue): Uint8Array {
  const { type, value } = entry;
  if (type === 'string') return Buffer.concat([u32(stringType), text(value)]);
  if (type === 'strings')
    return Buffer.concat([u32(arrayType), u32(stringType), u64(value.length), ...value.map(text)]);
  if (type === 'bool') return Buffer.concat([u32(scalars.bool), Uint8Array.of(value ? 1 : 0)]);
  if (type === 'i32s' || type === 'f32s') {
    const item = type === 'i32s' ? 'i32' : 'f32';
    const words = value.map(number => word(item, number));
    return Buffer.concat([u32(arrayType), u32(scalars[item]), u64(words.length), ...words]);
  }
  return Buffer.concat([u32(scalars[entry.type]), word(entry.type, entry.value)]);
}

function word(type: 'u32' | 'i32' | 'f32', value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(4));
  if (type === 'f32') view.setFloat32(0, value, true);
  else if (type === 'i32') view.setInt32(0, value, true);
  else view.setUint32(0, value, true);
  return new Uint8Array(view.buffer);
}

const u32 = (value: number): Uint8Array => word('u32', value);

function u64(value: number): Uint8Array {
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, BigInt(value), true);
  return new Uint8Array(view.buffer);
}

function text(value: string): Uint8Array {
  const bytes = Buffer.from(value);
  return Buffer.concat([u64(bytes.length), bytes]);
}
