/** The values of a GGUF header: numbers, strings and arrays of them, by key. Knows nothing of what a key means. */
import type { HeaderReader, Refuse } from './header-reader.js';

export type GgufScalar = number | boolean | string;
export type GgufArray = readonly string[] | ArrayLike<number> | readonly GgufArray[];
export type GgufValue = GgufScalar | GgufArray;

const arrayType = 9;
/** Arrays of arrays are allowed by the format and not used by models. */
const deepestArray = 4;

interface ScalarType {
  /** Bytes in the file; of a string, at least. */
  readonly bytes: number;
  read(reader: HeaderReader): GgufScalar;
  /** What an array of them is kept in: as small as in the file. */
  array?(count: number): { [index: number]: number } & ArrayLike<number>;
}

/** By the number that stands in the file. */
const scalarTypes: Readonly<Record<number, ScalarType>> = {
  0: { bytes: 1, read: reader => reader.u8(), array: count => new Uint8Array(count) },
  1: { bytes: 1, read: reader => reader.i8(), array: count => new Int8Array(count) },
  2: { bytes: 2, read: reader => reader.u16(), array: count => new Uint16Array(count) },
  3: { bytes: 2, read: reader => reader.i16(), array: count => new Int16Array(count) },
  4: { bytes: 4, read: reader => reader.u32(), array: count => new Uint32Array(count) },
  5: { bytes: 4, read: reader => reader.i32(), array: count => new Int32Array(count) },
  6: { bytes: 4, read: reader => reader.f32(), array: count => new Float32Array(count) },
  7: { bytes: 1, read: reader => reader.u8() !== 0, array: count => new Uint8Array(count) },
  8: { bytes: 8, read: reader => reader.string() },
  10: { bytes: 8, read: reader => reader.u64(), array: count => new Float64Array(count) },
  11: { bytes: 8, read: reader => reader.i64(), array: count => new Float64Array(count) },
  12: { bytes: 8, read: reader => reader.f64(), array: count => new Float64Array(count) },
};

/** Bytes of the smallest entry: key length, value type, one byte of value. */
const smallestEntry = 8 + 4 + 1;

export function readMetadata(
  reader: HeaderReader,
  count: number,
  refuse: Refuse,
): ReadonlyMap<string, GgufValue> {
  reader.checkRoom(count, smallestEntry, 'a list of metadata');
  const metadata = new Map<string, GgufValue>();
  for (let i = 0; i < count; i++) {
    const key = reader.string();
    if (metadata.has(key)) refuse(`two values for ${JSON.stringify(key)}`);
    metadata.set(key, readValue(reader, reader.u32(), key, 0, refuse));
  }
  return metadata;
}

function readValue(
  reader: HeaderReader,
  type: number,
  key: string,
  depth: number,
  refuse: Refuse,
): GgufValue {
  const scalar = scalarTypes[type];
  if (scalar) return scalar.read(reader);
  if (type !== arrayType) return refuse(`a value of the unknown type ${type} for ${JSON.stringify(key)}`);
  if (depth === deepestArray)
    return refuse(`arrays nested deeper than ${deepestArray} for ${JSON.stringify(key)}`);
  const itemType = reader.u32();
  const count = reader.u64();
  const item = scalarTypes[itemType];
  reader.checkRoom(count, item?.bytes ?? 12, 'an array');
  if (item?.array) {
    const numbers = item.array(count);
    for (let i = 0; i < count; i++) numbers[i] = Number(item.read(reader));
    return numbers;
  }
  const items: GgufValue[] = [];
  for (let i = 0; i < count; i++) items.push(readValue(reader, itemType, key, depth + 1, refuse));
  return items as GgufArray;
}
