/** Thousands of damaged headers: each is read, or refused by name. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { readFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { TinsmithError } from '@tinsmith/core';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { parseModelConfig, weightShapes } from '../model/index.js';
import { openGguf } from './gguf/gguf-file.js';
import { describeGguf, readGgufWeights, withGguf } from './gguf/gguf-model.js';
import { tokenizerOfGguf } from './gguf/gguf-tokenizer.js';
import { createGguf, type WrittenValue } from './gguf/gguf-writer.js';
import { ggufNames } from './gguf/tensor-names.js';
import { elementCount, readSafetensors, writeSafetensors } from './safetensors.js';

const folder = mkdtempSync(join(tmpdir(), 'tinsmith-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** What can happen to bytes; places are fractions of the part that is damaged. */
type Damage = (bytes: Uint8Array) => Uint8Array;
const place = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

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

function damageOf(headerLength: number): fc.Arbitrary<Damage> {
  const within = (bytes: Uint8Array, where: number) =>
    Math.floor(where * Math.min(headerLength, bytes.length));
  const edit =
    (change: (copy: Buffer, at: number) => void, where: number): Damage =>
    bytes => {
      const copy = Buffer.from(bytes);
      change(copy, within(bytes, where));
      return copy;
    };
  const replace =
    (where: number, removed: number, inserted: Uint8Array): Damage =>
    bytes => {
      const at = within(bytes, where);
      return Buffer.concat([
        bytes.subarray(0, at),
        inserted,
        bytes.subarray(Math.min(at + removed, bytes.length)),
      ]);
    };
  return fc.oneof(
    fc.tuple(place, fc.nat(255)).map(([where, value]) => edit((copy, at) => (copy[at] = value), where)),
    fc.tuple(place, fc.nat(7)).map(([where, bit]) => edit((copy, at) => (copy[at]! ^= 1 << bit), where)),
    fc.tuple(place, fc.constantFrom(...extremes), fc.constantFrom(1, 4, 8)).map(([where, value, size]) =>
      edit((copy, at) => {
        const word = Buffer.alloc(8);
        word.writeBigUInt64LE(value);
        word.copy(copy, at, 0, size);
      }, where),
    ),
    place.map<Damage>(where => bytes => bytes.subarray(0, Math.floor(where * bytes.length))),
    fc.tuple(place, fc.nat(20)).map(([where, count]) => replace(where, count, new Uint8Array(0))),
    fc.tuple(place, fc.uint8Array({ maxLength: 20 })).map(([where, inserted]) => replace(where, 0, inserted)),
    // A number written as text, as a safetensors header has them.
    fc
      .tuple(place, fc.constantFrom('-1', '1e300', '9007199254740993', '0.5', '[]', '{}', 'null', '"F64"'))
      .map(([where, text]) => replace(where, text.length, Buffer.from(text))),
  );
}

const mebibyte = 2 ** 20;

/** Reads so many damaged versions; what a refusal must be like. */
function survives(
  original: Uint8Array,
  headerLength: number,
  { name, runs, codes }: { readonly name: string; readonly runs: number; readonly codes: readonly string[] },
  read: (path: string) => void,
): void {
  const path = join(folder, name);
  const outcomes = { read: 0, refused: 0 };
  const property = fc.property(fc.array(damageOf(headerLength), { minLength: 1, maxLength: 3 }), damages => {
    writeFileSync(
      path,
      damages.reduce((bytes, damage) => damage(bytes), original),
    );
    const before = process.memoryUsage().arrayBuffers;
    const start = performance.now();
    try {
      read(path);
      outcomes.read++;
    } catch (error) {
      outcomes.refused++;
      if (!TinsmithError.is(error)) throw error;
      expect(codes).toContain(error.code);
      expect(error.at).toBe(path);
      expect(error.found).toMatch(/./);
    }
    expect(performance.now() - start).toBeLessThan(2000);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * mebibyte);
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
  survives(bytes, headerLength, { name: 'damaged.safetensors', runs: 3000, codes }, readSafetensors);
});

describe('GGUF', () => {
  test('of every type', () => {
    const bytes = readFileSync(
      fileURLToPath(new URL('../../../../fixtures/gguf/every-type.gguf', import.meta.url)),
    );
    const codes = ['GGUF_CORRUPT', 'GGUF_VERSION', 'GGUF_TYPE'];
    survives(bytes, 1200, { name: 'types.gguf', runs: 2000, codes }, path => {
      const file = openGguf(path);
      try {
        for (const name of file.tensors.keys()) file.read(name);
      } finally {
        file.close();
      }
    });
  });

  const path = join(folder, 'whole.gguf');
  let headerLength = 0;
  beforeAll(() => {
    headerLength = writeTinyModel(path);
  });

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
    survives(readFileSync(path), headerLength, { name: 'model.gguf', runs: 3000, codes }, damaged => {
      const { config } = describeGguf(damaged);
      readGgufWeights(damaged, config);
      withGguf(damaged, tokenizerOfGguf);
    });
  });
});

/** A Llama of one layer. @returns bytes before the first tensor's data. */
function writeTinyModel(path: string): number {
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
  const whole = (value: number): WrittenValue => ({ type: 'u32', value });
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
  return withGguf(path, ({ tensors }) => Math.min(...[...tensors.values()].map(({ start }) => start)));
}
