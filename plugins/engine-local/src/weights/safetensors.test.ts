import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createHash } from 'node:crypto';
import { expect, onTestFinished, test } from 'vitest';
import { openSafetensors, readSafetensors, writeSafetensors } from './safetensors.js';

function temporaryFile(content?: Uint8Array): string {
  const folder = mkdtempSync(join(tmpdir(), 'tinsmith-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'x.safetensors');
  if (content) writeFileSync(file, content);
  return file;
}

/** A file with this header and data. */
function fileWith(header: unknown, data: Uint8Array = new Uint8Array(0), length?: bigint): string {
  const text = Buffer.from(typeof header === 'string' ? header : JSON.stringify(header));
  const prefix = Buffer.alloc(8);
  prefix.writeBigUInt64LE(length ?? BigInt(text.length));
  return temporaryFile(Buffer.concat([prefix, text, data]));
}

const tensors = new Map([
  ['a.weight', { shape: [2, 3], data: Float32Array.of(1, -2, 3.5, 0, 1e-30, 1e30) }],
  ['naïve', { shape: [], data: Float32Array.of(7) }],
  ['empty', { shape: [0, 4], data: new Float32Array(0) }],
]);

test('what is written is read back, names, shapes and bits', () => {
  const file = temporaryFile();
  const hash = writeSafetensors(file, tensors, { metadata: { format: 'pt' } });
  expect(readSafetensors(file)).toEqual(tensors);
  expect(hash).toBe(createHash('sha256').update(readFileSync(file)).digest('hex'));
  const open = openSafetensors(file);
  expect(open.metadata).toEqual({ format: 'pt' });
  open.close();
});

test('bfloat16 takes half the room', () => {
  const file = temporaryFile();
  writeSafetensors(file, tensors, { type: 'BF16' });
  const read = readSafetensors(file).get('a.weight')!;
  expect([...read.data].slice(0, 4)).toEqual([1, -2, 3.5, 0]);
});

test('data starts at a multiple of 8, as the format asks', () => {
  const file = temporaryFile();
  writeSafetensors(file, tensors);
  expect(Number(readFileSync(file).readBigUInt64LE()) % 8).toBe(0);
});

test('half precision and integers are read', () => {
  const file = fileWith(
    {
      h: { dtype: 'F16', shape: [2], data_offsets: [0, 4] },
      i: { dtype: 'I32', shape: [1], data_offsets: [4, 8] },
    },
    Buffer.from(Uint16Array.of(0x3c00, 0xc000, 42, 0).buffer),
  );
  expect(readSafetensors(file)).toEqual(
    new Map<string, unknown>([
      ['h', { shape: [2], data: Float32Array.of(1, -2) }],
      ['i', { shape: [1], data: Int32Array.of(42) }],
    ]),
  );
});

const entry = { dtype: 'F32', shape: [2], data_offsets: [0, 8] };
const eight = new Uint8Array(8);

test.each([
  ['a file of a few bytes', () => temporaryFile(Buffer.from('abc'))],
  ['a header longer than the file', () => fileWith({ a: entry }, eight, 10_000n)],
  ['a header length beyond all numbers', () => fileWith({ a: entry }, eight, 2n ** 63n)],
  ['a header that is not JSON', () => fileWith('{"a": ')],
  ['a header that is a list', () => fileWith([entry])],
  ['a negative offset', () => fileWith({ a: { ...entry, data_offsets: [-8, 0] } }, eight)],
  ['an offset that is no integer', () => fileWith({ a: { ...entry, data_offsets: [0, 8.5] } }, eight)],
  ['data beyond the end', () => fileWith({ a: { ...entry, data_offsets: [4, 12] } }, eight)],
  ['a shape that does not fit the data', () => fileWith({ a: { ...entry, shape: [3] } }, eight)],
  ['a shape beyond all memory', () => fileWith({ a: { ...entry, shape: [2 ** 40, 2 ** 40] } }, eight)],
  ['an entry without a shape', () => fileWith({ a: { dtype: 'F32', data_offsets: [0, 8] } }, eight)],
  ['metadata that is no text', () => fileWith({ __metadata__: { n: 1 }, a: entry }, eight)],
])('%s is refused as corrupt', (_, make) => {
  const file = make();
  expect(() => readSafetensors(file)).toThrow(
    expect.objectContaining({ code: 'SAFETENSORS_CORRUPT', at: file }),
  );
});

test('a type that is not read is named', () => {
  const file = fileWith({ q: { dtype: 'F8_E4M3', shape: [8], data_offsets: [0, 8] } }, eight);
  expect(() => readSafetensors(file)).toThrow(
    expect.objectContaining({ code: 'SAFETENSORS_TYPE', found: 'F8_E4M3' }),
  );
});

test('an existing file is not overwritten', () => {
  const file = temporaryFile(eight);
  expect(() => writeSafetensors(file, tensors)).toThrow(/EEXIST/);
});
