/** Hundreds of damaged headers, thousands in the full tests: each is read, or refused by name. */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TinsmithError } from '@tinsmith/core';
import * as fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { isFull } from '../../../../tools/vitest/full.js';
import { parseModelConfig, weightShapes } from '../model/index.js';
import { openGguf } from './gguf/gguf-file.js';
import { describeGguf, readGgufWeights, withGguf } from './gguf/gguf-model.js';
import { tokenizerOfGguf } from './gguf/gguf-tokenizer.js';
import { createGguf, type WrittenValue } from './gguf/gguf-writer.js';
import { ggufNames } from './gguf/tensor-names.js';
import { elementCount, readSafetensors, writeSafetensors } from './safetensors.js';

const folder = mkdtempSync(join(tmpdir(), 'tinsmith-'));
afterAll(() => rmSync(folder, { recursive: true }));

type Damage = (bytes: Uint8Array) => Uint8Array;

/** A file to damage: anywhere before `headerLength`, and half of the time at one of its `fields`. */
interface Target {
  readonly bytes: Buffer;
  readonly headerLength: number;
  /** Where lengths, counts, types, sizes and offsets stand. */
  readonly fields: readonly number[];
}

/** Numbers at which bounds break. */
const extremes = [
  0n,
  1n,
  0x7fn,
  0xffn,
  0x7fff_ffffn,
  0xffff_ffffn,
  2n ** 31n,
  2n ** 53n,
  2n ** 63n - 1n,
  2n ** 64n - 1n,
];

const edit =
  (change: (copy: Buffer) => void): Damage =>
  bytes => {
    const copy = Buffer.from(bytes);
    change(copy);
    return copy;
  };
const replace =
  (at: number, removed: number, inserted: Uint8Array): Damage =>
  bytes =>
    Buffer.concat([bytes.subarray(0, at), inserted, bytes.subarray(at + removed)]);

function damageOf({ headerLength, fields }: Target): fc.Arbitrary<Damage> {
  const place = fc.oneof(fc.nat(headerLength - 1), fc.constantFrom(...fields));
  return fc.oneof(
    fc.tuple(place, fc.nat(255)).map(([at, value]) => edit(copy => (copy[at] = value))),
    fc.tuple(place, fc.nat(7)).map(([at, bit]) => edit(copy => (copy[at]! ^= 1 << bit))),
    fc.tuple(place, fc.constantFrom(...extremes), fc.constantFrom(1, 4, 8)).map(([at, value, size]) =>
      edit(copy => {
        const word = Buffer.alloc(8);
        word.writeBigUInt64LE(value);
        word.copy(copy, at, 0, size);
      }),
    ),
    place.map<Damage>(at => bytes => bytes.subarray(0, at)),
    fc.tuple(place, fc.nat(20)).map(([at, count]) => replace(at, count, new Uint8Array(0))),
    fc.tuple(place, fc.uint8Array({ maxLength: 20 })).map(([at, inserted]) => replace(at, 0, inserted)),
    // A number written as text, as a safetensors header has them: in place of one digit.
    fc
      .tuple(
        place,
        fc.constantFrom('-1', '1e300', '9007199254740993', '4000000000', '0.5', '[]', '{}', 'null', '"F64"'),
      )
      .map(([at, text]) => replace(at, 1, Buffer.from(text))),
  );
}

/** Of a GGUF file: what stands before and behind the name of each value and tensor, and the two counts. */
function ggufFields(bytes: Buffer, names: readonly string[]): number[] {
  const around = names.flatMap(name => {
    const start = bytes.indexOf(name);
    const end = start + Buffer.byteLength(name);
    return [start - 8, ...[0, 4, 8, 12, 16, 20, 24].map(distance => end + distance)];
  });
  return [4, 8, 16, ...around];
}

/** Of a safetensors file: the length of the header, and every digit in it. */
function safetensorsFields(bytes: Buffer, headerLength: number): number[] {
  const digits = [...bytes.subarray(8, headerLength).toString('latin1').matchAll(/\d/g)];
  return [0, ...digits.map(({ index }) => 8 + index)];
}

const mebibyte = 2 ** 20;

const isRefusal = (error: unknown, codes: readonly string[], path: string): boolean =>
  TinsmithError.is(error) && codes.includes(error.code) && error.at === path && (error.found ?? '') !== '';

const runs = isFull ? 2000 : 500;

/** Reads so many damaged versions; what a refusal must be like. */
function survives(
  target: Target,
  { name, codes }: { readonly name: string; readonly codes: readonly string[] },
  read: (path: string) => void,
): void {
  const path = join(folder, name);
  const outcomes = { read: 0, refused: 0 };
  const property = fc.property(fc.array(damageOf(target), { minLength: 1, maxLength: 3 }), damages => {
    writeFileSync(
      path,
      damages.reduce<Uint8Array>((bytes, damage) => damage(bytes), target.bytes),
    );
    const before = process.memoryUsage().arrayBuffers;
    const start = performance.now();
    let error: unknown;
    try {
      read(path);
      outcomes.read++;
    } catch (thrown) {
      error = thrown;
      outcomes.refused++;
    }
    const seconds = (performance.now() - start) / 1000;
    const held = process.memoryUsage().arrayBuffers - before;
    if (error !== undefined && !isRefusal(error, codes, path)) throw error;
    if (seconds > 5 || held > 16 * mebibyte) throw new Error(`took ${seconds} s and ${held} bytes`);
  });
  const largestBefore = process.resourceUsage().maxRSS;
  fc.assert(property, { numRuns: runs, seed: 1 });
  expect(process.resourceUsage().maxRSS - largestBefore).toBeLessThan(256 * 1024); // KiB
  expect(outcomes.refused).toBeGreaterThan(runs / 10);
  expect(outcomes.read).toBeGreaterThan(0); // some damage hits what nobody checks: values
}

test('safetensors', () => {
  const path = join(folder, 'whole.safetensors');
  const tensors = ['a', 'model.layers.0.weight', 'ü'].map((name, i) => {
    const shape = [i + 1, 4];
    return [
      name,
      { shape, data: Float32Array.from({ length: elementCount(shape) }, (_, at) => at) },
    ] as const;
  });
  writeSafetensors(path, new Map(tensors), { metadata: { format: 'pt' } });
  const bytes = readFileSync(path);
  const headerLength = 8 + Number(bytes.readBigUInt64LE());
  const codes = ['SAFETENSORS_CORRUPT', 'SAFETENSORS_TYPE'];
  const target = { bytes, headerLength, fields: safetensorsFields(bytes, headerLength) };
  survives(target, { name: 'damaged.safetensors', codes }, readSafetensors);
});

describe('GGUF', () => {
  test('of every type', () => {
    const target = ggufTarget(
      fileURLToPath(new URL('../../../../fixtures/gguf/every-type.gguf', import.meta.url)),
    );
    const codes = ['GGUF_CORRUPT', 'GGUF_VERSION', 'GGUF_TYPE'];
    survives(target, { name: 'types.gguf', codes }, path => {
      const file = openGguf(path);
      try {
        for (const name of file.tensors.keys()) file.read(name);
      } finally {
        file.close();
      }
    });
  });

  const path = join(folder, 'whole.gguf');
  beforeAll(() => writeTinyModel(path));

  test('of a model, with its tokenizer', () => {
    const codes = [
      'GGUF_CORRUPT',
      'GGUF_VERSION',
      'GGUF_TYPE',
      'MODEL_UNSUPPORTED',
      'TENSOR_MISSING',
      'TENSOR_SHAPE',
      'TOKENIZER_UNSUPPORTED',
    ];
    survives(ggufTarget(path), { name: 'model.gguf', codes }, damaged => {
      const { config } = describeGguf(damaged);
      readGgufWeights(damaged, config);
      withGguf(damaged, tokenizerOfGguf);
    });
  });
});

function ggufTarget(path: string): Target {
  const bytes = readFileSync(path);
  return withGguf(path, ({ metadata, tensors }) => ({
    bytes,
    headerLength: Math.min(...[...tensors.values()].map(({ start }) => start)),
    fields: ggufFields(bytes, [...metadata.keys(), ...tensors.keys()]),
  }));
}

const whole = (value: number): WrittenValue => ({ type: 'u32', value });

/** A Llama of one layer. */
function writeTinyModel(path: string): void {
  const config = parseModelConfig({
    model_type: 'llama',
    vocab_size: 4,
    hidden_size: 8,
    intermediate_size: 8,
    num_hidden_layers: 1,
    num_attention_heads: 2,
    max_position_embeddings: 16,
    tie_word_embeddings: true,
  });
  const metadata: Record<string, WrittenValue> = {
    'general.architecture': { type: 'string', value: 'llama' },
    'llama.block_count': whole(1),
    'llama.context_length': whole(16),
    'llama.embedding_length': whole(8),
    'llama.feed_forward_length': whole(8),
    'llama.attention.head_count': whole(2),
    'llama.attention.layer_norm_rms_epsilon': { type: 'f32', value: 1e-5 },
    'tokenizer.ggml.model': { type: 'string', value: 'gpt2' },
    'tokenizer.ggml.pre': { type: 'string', value: 'gpt-2' },
    'tokenizer.ggml.tokens': { type: 'strings', value: ['a', 'b', 'ab', '<end>'] },
    'tokenizer.ggml.token_type': { type: 'i32s', value: [1, 1, 1, 3] },
    'tokenizer.ggml.merges': { type: 'strings', value: ['a b'] },
    'tokenizer.ggml.eos_token_id': whole(3),
  };
  const names = ggufNames(config);
  const shapes = [...weightShapes(config)];
  const writer = createGguf(
    path,
    metadata,
    shapes.map(([name, shape]) => ({ name: names.get(name)!, shape, type: 'F32' })),
  );
  for (const [, shape] of shapes) writer.append(new Float32Array(elementCount(shape)));
  writer.finish();
  writer.close();
}
