import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, onTestFinished, test } from 'vitest';
import { readSafetensors } from '../safetensors.js';
import { openGguf } from './gguf-file.js';
import { quantiseQ8 } from './quantise.js';
import { tensorTypes } from './tensor-types.js';

const folder = fileURLToPath(new URL('../../../../../fixtures/gguf/', import.meta.url));
const expected = readSafetensors(`${folder}expected.safetensors`);

function open() {
  const file = openGguf(`${folder}every-type.gguf`);
  onTestFinished(() => file.close());
  return file;
}

const bitsOf = ({ data }: { readonly data: Float32Array | Int32Array }) =>
  new Uint32Array(data.buffer, data.byteOffset, data.length);

test.each(tensorTypes.map(({ name }) => name))('%s is widened bit for bit as by the reference', name => {
  const found = open().read(name);
  const wanted = expected.get(name)!;
  if (name !== 'BF16') expect(found.shape).toEqual(wanted.shape);
  expect(bitsOf(found)).toEqual(bitsOf(wanted));
});

test('float32 is quantised to the bytes that the reference writes', () => {
  const { start, end } = open().tensors.get('quantised')!;
  const stored = readFileSync(`${folder}every-type.gguf`).subarray(start, end);
  expect(quantiseQ8(expected.get('source')!.data as Float32Array)).toEqual(new Uint8Array(stored));
});

describe('metadata', () => {
  test.each<[string, unknown]>([
    ['u8', 200],
    ['i8', -100],
    ['u16', 60000],
    ['i16', -30000],
    ['u32', 4_000_000_000],
    ['i32', -2_000_000_000],
    ['f32', Math.fround(0.1)],
    ['bool', true],
    ['string', 'naïve 🜁\n'],
    ['u64', 2 ** 52 + 1],
    ['i64', -(2 ** 52) - 1],
    ['f64', 0.1],
    ['strings', ['a', '', 'ü']],
    ['numbers', Int32Array.of(1, -2, 3)],
    ['nested', [Int32Array.of(1, 2), Int32Array.of(3)]],
    ['bytes', Uint8Array.of(0, 255)],
  ])('of type %s is read', (name, value) => {
    expect(open().metadata.get(`value.${name}`)).toEqual(value);
  });
});

test('a tensor that is not there is named', () => {
  expect(() => open().read('other')).toThrow(expect.objectContaining({ code: 'TENSOR_MISSING' }));
});
