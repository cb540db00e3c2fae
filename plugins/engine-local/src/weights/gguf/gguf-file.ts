/**
 * The GGUF format of llama.cpp, versions 2 and 3, little-endian: metadata, a list of tensors, then their data. Reading checks every
 * number of the header against the file. Knows nothing of models.
 *
 * `@huggingface/gguf` reads headers too, but for files behind HTTP: asynchronously, in chunks of megabytes, without checking lengths
 * and offsets against the size of the file, and it reads no tensor.
 */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { TinsmithError } from '@tinsmith/core';
import { type FloatTensor, elementCount } from '../safetensors.js';
import { HeaderReader, type Refuse } from './header-reader.js';
import { type GgufValue, readMetadata } from './metadata.js';
import { findTensorType, tensorTypeLabel, type TensorType, tensorTypes } from './tensor-types.js';

export interface GgufTensor {
  readonly type: TensorType;
  /** Row-major, slowest first: the reverse of the order in the file. */
  readonly shape: readonly number[];
  /** Bytes from the start of the file. */
  readonly start: number;
  readonly end: number;
}

/** An open file: the header is known, data is read on demand. Close it. */
export interface GgufFile {
  readonly path: string;
  readonly metadata: ReadonlyMap<string, GgufValue>;
  readonly tensors: ReadonlyMap<string, GgufTensor>;
  /** Bytes of metadata and list of tensors. */
  readonly headerSize: number;
  /** Reads one tensor, widened to float32. */
  readonly read: (name: string) => FloatTensor;
  readonly close: () => void;
}

const magic = 0x46554747; // "GGUF"
const highestRank = 4;
/** Of vocabularies known, the largest takes some 20 MB. */
const largestHeader = 2 ** 28;
/** Bytes of the smallest tensor entry: name length, rank, one dimension, type, offset. */
const smallestTensorEntry = 8 + 4 + 8 + 4 + 8;
/** Bytes of tensor data that are in memory beside the float32 values. */
const readAtOnce = 2 ** 24;

/**
 * @throws {TinsmithError} GGUF_CORRUPT if the header does not fit the file, GGUF_VERSION for another version of the format,
 *   GGUF_TYPE for a tensor type that is not read.
 */
export function openGguf(path: string): GgufFile {
  const file = openSync(path, 'r');
  try {
    const { metadata, tensors, headerSize } = readHeader(file, path);
    return {
      path,
      metadata,
      tensors,
      headerSize,
      read: name => readTensor(file, path, tensors.get(name), name),
      close: () => closeSync(file),
    };
  } catch (error) {
    closeSync(file);
    throw error;
  }
}

const corrupt = (at: string, found: string): TinsmithError =>
  new TinsmithError({
    code: 'GGUF_CORRUPT',
    message: 'the file is not a whole GGUF file',
    at,
    found,
    fix: 'copy or download the file again',
  });

function readHeader(file: number, path: string) {
  const size = fstatSync(file).size;
  const refuse: Refuse = found => {
    throw corrupt(path, found);
  };
  const reader = new HeaderReader(file, Math.min(size, largestHeader), refuse);
  if (size < 24 || reader.u32() !== magic)
    refuse(size < 24 ? `${size} bytes` : 'other bytes than "GGUF" at the start');
  const version = reader.u32();
  if (version !== 2 && version !== 3)
    throw new TinsmithError({
      code: 'GGUF_VERSION',
      message: 'the version of the file is not read',
      at: path,
      found: version > 0xffff ? 'a big-endian file' : `version ${version}`,
      fix: 'versions 2 and 3, little-endian, are read: convert the model again with a current llama.cpp',
    });
  const tensorCount = reader.u64();
  const metadata = readMetadata(reader, reader.u64(), refuse);
  reader.checkRoom(tensorCount, smallestTensorEntry, 'a list of tensors');
  const alignment = metadata.get('general.alignment') ?? 32;
  if (typeof alignment !== 'number' || !Number.isInteger(alignment) || alignment < 1 || alignment > 2 ** 20)
    return refuse(`an alignment of ${JSON.stringify(alignment)}`);

  const entries = Array.from({ length: tensorCount }, () => readTensorEntry(reader, path, refuse));
  const headerSize = reader.position;
  const dataStart = Math.ceil(headerSize / alignment) * alignment;
  const tensors = new Map<string, GgufTensor>();
  for (const { name, type, shape, offset } of entries) {
    if (tensors.has(name)) refuse(`two tensors named ${JSON.stringify(name)}`);
    const start = dataStart + offset;
    const bytes = (elementCount(shape) / type.elements) * type.bytes;
    const end = start + bytes;
    if (offset % alignment !== 0 || !Number.isSafeInteger(end) || end > size)
      refuse(`tensor ${JSON.stringify(name)} of ${bytes} bytes at byte ${start} of ${size}`);
    tensors.set(name, { type, shape, start, end });
  }
  return { metadata, tensors, headerSize };
}

function readTensorEntry(reader: HeaderReader, path: string, refuse: Refuse) {
  const name = reader.string();
  const rank = reader.u32();
  if (rank < 1 || rank > highestRank) refuse(`${rank} dimensions for tensor ${JSON.stringify(name)}`);
  const sizes = Array.from({ length: rank }, () => reader.u64());
  const typeId = reader.u32();
  const type = findTensorType(typeId);
  if (!type)
    throw new TinsmithError({
      code: 'GGUF_TYPE',
      message: `tensor "${name}" has a type that is not read`,
      at: path,
      found: tensorTypeLabel(typeId),
      fix: `use a version of the model in ${tensorTypes.map(known => known.name).join(', ')}`,
    });
  if (sizes[0]! % type.elements !== 0)
    refuse(`rows of ${sizes[0]} elements for tensor ${JSON.stringify(name)}, in blocks of ${type.elements}`);
  return { name, type, shape: sizes.toReversed(), offset: reader.u64() };
}

function readTensor(file: number, path: string, tensor: GgufTensor | undefined, name: string): FloatTensor {
  if (!tensor)
    throw new TinsmithError({
      code: 'TENSOR_MISSING',
      message: `the file has no tensor "${name}"`,
      at: path,
    });
  const { type, shape, start, end } = tensor;
  const data = new Float32Array(elementCount(shape));
  const blocksAtOnce = Math.floor(readAtOnce / type.bytes);
  const buffer = new Uint8Array(Math.min(blocksAtOnce * type.bytes, end - start));
  let element = 0;
  for (let at = start; at < end; at += buffer.length) {
    const bytes = buffer.subarray(0, Math.min(buffer.length, end - at));
    for (let done = 0; done < bytes.length;) {
      const count = readSync(file, bytes, done, bytes.length - done, at + done);
      if (count === 0) throw corrupt(path, 'the end of the file while it was read');
      done += count;
    }
    const elements = (bytes.length / type.bytes) * type.elements;
    type.dequantise(bytes, data.subarray(element, element + elements));
    element += elements;
  }
  return { shape, data };
}
