/**
 * The safetensors format: eight bytes of header length, a JSON header with type, shape and offsets of each tensor, then the data,
 * all little-endian. Reading checks every number of the header against the file. Knows nothing of models.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { TinsmithError } from '@tinsmith/core';
import { z } from 'zod';
import { narrowToBfloat16, narrowToFloat16, widenBfloat16, widenFloat16 } from './element-types.js';
import { createOutputFile, type PlannedTensor, type TensorWriter } from './output-file.js';

export interface FloatTensor {
  readonly shape: readonly number[];
  /** Row-major. */
  readonly data: Float32Array;
}
export type FloatTensors = ReadonlyMap<string, FloatTensor>;

export interface Tensor {
  readonly shape: readonly number[];
  /** Floats of all sizes are widened to float32; I32 stays. */
  readonly data: Float32Array | Int32Array;
}

export const bytesPerElement = { F32: 4, I32: 4, F16: 2, BF16: 2 } as const;
type ElementType = keyof typeof bytesPerElement;

/** The same limit as the reference implementation: a longer header is a damaged file. */
const largestHeader = 100_000_000;

const entrySchema = z.object({
  dtype: z.string(),
  shape: z.array(z.int().nonnegative()),
  data_offsets: z.tuple([z.int().nonnegative(), z.int().nonnegative()]),
});

export interface TensorEntry {
  readonly type: ElementType;
  readonly shape: readonly number[];
  /** Bytes from the start of the file. */
  readonly start: number;
  readonly end: number;
}

/** An open file of tensors: entries are known, data is read on demand. Close it. */
export interface SafetensorsFile {
  readonly path: string;
  readonly entries: ReadonlyMap<string, TensorEntry>;
  readonly metadata: Readonly<Record<string, string>>;
  /** Reads one tensor. */
  read(name: string): Tensor;
  close(): void;
}

/** @throws {TinsmithError} SAFETENSORS_CORRUPT if the header does not fit the file, SAFETENSORS_TYPE for a type that is not read. */
export function openSafetensors(path: string): SafetensorsFile {
  const file = openSync(path, 'r');
  try {
    const { entries, metadata } = readHeader(file, path);
    return {
      path,
      entries,
      metadata,
      read: name => readTensor(file, path, entries.get(name), name),
      close: () => closeSync(file),
    };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

/** Reads a whole file. */
export function readSafetensors(path: string): Map<string, Tensor> {
  const file = openSafetensors(path);
  try {
    return new Map([...file.entries.keys()].map(name => [name, file.read(name)]));
  } finally {
    file.close();
  }
}

function readHeader(file: number, path: string) {
  const size = fstatSync(file).size;
  const corrupt = (found: string, cause?: unknown) =>
    new TinsmithError({
      code: 'SAFETENSORS_CORRUPT',
      message: 'the file is not a whole safetensors file',
      at: path,
      found,
      fix: 'copy or download the file again',
      cause,
    });
  if (size < 8) throw corrupt(`${size} bytes`);
  const prefix = new DataView(new ArrayBuffer(8));
  readFully(file, new Uint8Array(prefix.buffer), 0, path);
  const headerLength = Number(prefix.getBigUint64(0, true));
  if (headerLength > Math.min(largestHeader, size - 8))
    throw corrupt(`a header of ${headerLength} bytes in a file of ${size} bytes`);

  const bytes = new Uint8Array(headerLength);
  readFully(file, bytes, 8, path);
  let header: unknown;
  try {
    header = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch (cause) {
    throw corrupt('a header that is not JSON', cause);
  }
  if (typeof header !== 'object' || header === null || Array.isArray(header))
    throw corrupt('a header that is not an object');

  const dataStart = 8 + headerLength;
  const entries = new Map<string, TensorEntry>();
  let metadata: Record<string, string> = {};
  for (const [name, value] of Object.entries(header as Record<string, unknown>)) {
    if (name === '__metadata__') {
      const parsed = z.record(z.string(), z.string()).safeParse(value);
      if (!parsed.success) throw corrupt('metadata that is not a map of strings');
      metadata = parsed.data;
      continue;
    }
    const parsed = entrySchema.safeParse(value);
    if (!parsed.success) throw corrupt(`an unreadable entry for tensor "${name}"`, parsed.error);
    const { dtype, shape, data_offsets: offsets } = parsed.data;
    if (!isElementType(dtype))
      throw new TinsmithError({
        code: 'SAFETENSORS_TYPE',
        message: `tensor "${name}" has a type that is not read`,
        at: path,
        found: dtype,
        fix: `convert the file: ${Object.keys(bytesPerElement).join(', ')} are read`,
      });
    const [start, end] = [dataStart + offsets[0], dataStart + offsets[1]];
    const length = elementCount(shape) * bytesPerElement[dtype];
    if (end > size || end - start !== length)
      throw corrupt(`tensor "${name}" of ${length} bytes at bytes ${start} to ${end} of ${size}`);
    entries.set(name, { type: dtype, shape, start, end });
  }
  return { entries, metadata };
}

const isElementType = (type: string): type is ElementType => Object.hasOwn(bytesPerElement, type);

export const elementCount = (shape: readonly number[]): number =>
  shape.reduce((count, size) => count * size, 1);

function readTensor(file: number, path: string, entry: TensorEntry | undefined, name: string): Tensor {
  if (!entry)
    throw new TinsmithError({
      code: 'TENSOR_MISSING',
      message: `the file has no tensor "${name}"`,
      at: path,
    });
  const count = elementCount(entry.shape);
  const read = <T extends Float32Array | Int32Array | Uint16Array>(into: T): T => {
    readFully(file, new Uint8Array(into.buffer), entry.start, path);
    return into;
  };
  const readers: Record<ElementType, () => Tensor['data']> = {
    F32: () => read(new Float32Array(count)),
    I32: () => read(new Int32Array(count)),
    F16: () => widenFloat16(read(new Uint16Array(count))),
    BF16: () => widenBfloat16(read(new Uint16Array(count))),
  };
  return { shape: entry.shape, data: readers[entry.type]() };
}

/** One read may return less than asked, and at most 2 GiB. */
function readFully(file: number, into: Uint8Array, position: number, path: string): void {
  for (let done = 0; done < into.length;) {
    const count = readSync(file, into, done, Math.min(into.length - done, 2 ** 30), position + done);
    if (count === 0)
      throw new TinsmithError({
        code: 'SAFETENSORS_CORRUPT',
        message: 'the file ended while it was read',
        at: path,
      });
    done += count;
  }
}

export type StoredType = 'F32' | 'F16' | 'BF16';

export interface WriteOptions {
  /** Default F32. */
  readonly type?: StoredType;
  readonly metadata?: Readonly<Record<string, string>>;
}

/**
 * Writes a file and waits until it is on disk.
 * @returns the SHA-256 of the file, in hexadecimal.
 */
export function writeSafetensors(path: string, tensors: FloatTensors, options: WriteOptions = {}): string {
  const { type = 'F32', metadata } = options;
  const plan = [...tensors].map(([name, { shape }]) => ({ name, shape, type }));
  const writer = createSafetensors(path, plan, metadata);
  try {
    for (const { data } of tensors.values()) writer.append(data);
    return writer.finish();
  } finally {
    writer.close();
  }
}

/** Begins a file whose tensors come one by one. */
export function createSafetensors(
  path: string,
  plan: readonly PlannedTensor<StoredType>[],
  metadata?: Readonly<Record<string, string>>,
): TensorWriter {
  const header: Record<string, unknown> = metadata ? { __metadata__: metadata } : {};
  let offset = 0;
  for (const { name, shape, type } of plan) {
    const length = elementCount(shape) * bytesPerElement[type];
    header[name] = { dtype: type, shape, data_offsets: [offset, offset + length] };
    offset += length;
  }
  const json = JSON.stringify(header);
  const text = Buffer.from(json + ' '.repeat((8 - (Buffer.byteLength(json) % 8)) % 8)); // the data stays aligned
  const prefix = new DataView(new ArrayBuffer(8));
  prefix.setBigUint64(0, BigInt(text.length), true);

  const file = createOutputFile(path);
  file.append(new Uint8Array(prefix.buffer));
  file.append(text);
  const left = [...plan];
  return {
    append(data) {
      const next = left.shift();
      if (!next || elementCount(next.shape) !== data.length)
        throw new Error(`the plan has no tensor of ${data.length} elements here`);
      const stored = narrow[next.type](data);
      file.append(new Uint8Array(stored.buffer, stored.byteOffset, stored.byteLength));
    },
    finish: file.finish,
    close: file.close,
  };
}

const narrow: Readonly<Record<StoredType, (data: Float32Array) => Float32Array | Uint16Array>> = {
  F32: data => data,
  F16: narrowToFloat16,
  BF16: narrowToBfloat16,
};
