import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type ModelConfig, parseModelConfig, rotaryFrequencies, weightShapes } from '../../model/index.js';
import { elementCount } from '../safetensors.js';
import { describeGguf } from './gguf-model.js';
import { createGguf, type WrittenValue } from './gguf-writer.js';
import { findRopeScaling, ropeFactors, ropeFactorsTensor } from './rope-factors.js';
import { ggufNames } from './tensor-names.js';

const whole = (value: number): WrittenValue => ({ type: 'u32', value });
const string = (value: string): WrittenValue => ({ type: 'string', value });

const architectures = {
  llama: {},
  qwen2: {},
  qwen3: { head_dim: 6 },
} as const;
type Name = keyof typeof architectures;

const configOf = (name: Name, more: object = {}): ModelConfig =>
  parseModelConfig({
    model_type: name,
    vocab_size: 5,
    hidden_size: 8,
    intermediate_size: 12,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    num_key_value_heads: 1,
    max_position_embeddings: 16,
    rms_norm_eps: 1e-5,
    rope_theta: 500000,
    tie_word_embeddings: true,
    ...architectures[name],
    ...more,
  });

function metadataOf(name: Name): Record<string, WrittenValue> {
  return {
    'general.architecture': string(name),
    [`${name}.block_count`]: whole(2),
    [`${name}.context_length`]: whole(16),
    [`${name}.embedding_length`]: whole(8),
    [`${name}.feed_forward_length`]: whole(12),
    [`${name}.attention.head_count`]: whole(2),
    [`${name}.attention.head_count_kv`]: whole(1),
    [`${name}.attention.layer_norm_rms_epsilon`]: { type: 'f32', value: 1e-5 },
    [`${name}.rope.freq_base`]: { type: 'f32', value: 500000 },
    ...(name === 'qwen3' && { 'qwen3.attention.key_length': whole(6) }),
    'tokenizer.ggml.eos_token_id': whole(4),
    'tokenizer.ggml.eot_token_id': whole(3),
  };
}

/** A file of zeros, changed by the test. */
function fileWith(
  config: ModelConfig,
  metadata: Record<string, WrittenValue>,
  more: ReadonlyMap<string, Float32Array> = new Map(),
): string {
  const folder = mkdtempSync(join(tmpdir(), 'tinsmith-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const path = join(folder, 'model.gguf');
  const names = ggufNames(config);
  const zeros = [...weightShapes(config)].map(
    ([name, shape]) => ({ name: names.get(name)!, shape, type: 'F32' }) as const,
  );
  const others = [...more].map(([name, data]) => ({ name, shape: [data.length], type: 'F32' }) as const);
  const writer = createGguf(path, metadata, [...zeros, ...others]);
  for (const { shape } of zeros) writer.append(new Float32Array(elementCount(shape)));
  for (const data of more.values()) writer.append(data);
  writer.finish();
  writer.close();
  return path;
}

test.each(Object.keys(architectures) as Name[])('%s: the metadata say what config.json would', name => {
  const config = configOf(name);
  const described = describeGguf(fileWith(config, metadataOf(name)));
  expect(described.config).toEqual(config);
  expect(parseModelConfig(described.configJson)).toEqual(config);
  expect(described.endTokens).toEqual([4, 3]);
});

test('biases and an untied head are seen by their tensors', () => {
  const config = configOf('llama', { attention_bias: true, mlp_bias: true, tie_word_embeddings: false });
  expect(describeGguf(fileWith(config, metadataOf('llama'))).config).toEqual(config);
});

const rope = (factor: number, original: number) => ({
  rope_scaling: {
    rope_type: 'llama3',
    factor,
    low_freq_factor: 1,
    high_freq_factor: 4,
    original_max_position_embeddings: original,
  },
});

test.each([
  [8, 8192, 128],
  [32, 8192, 64],
  [8, 32, 16],
])("Llama 3's scaling by %i of %i positions is found in the factors", (factor, original, headSize) => {
  const config = configOf('llama', { head_dim: headSize, ...rope(factor, original) });
  const found = findRopeScaling(ropeFactors(config), { ...config, ropeScaling: undefined });
  const [wanted, got] = [config, { ...config, ropeScaling: found }].map(rotaryFrequencies);
  got!.forEach((frequency, i) => expect(Math.abs(frequency / wanted![i]! - 1)).toBeLessThan(1e-6));
});

test('factors in the file become the scaling of the model', () => {
  const config = configOf('llama', { head_dim: 16, ...rope(8, 32) });
  const metadata = { ...metadataOf('llama'), 'llama.attention.key_length': whole(16) };
  const path = fileWith(config, metadata, new Map([[ropeFactorsTensor, ropeFactors(config)]]));
  const { config: found, configJson } = describeGguf(path);
  expect(rotaryFrequencies(found)).toEqual(rotaryFrequencies(config));
  expect(parseModelConfig(configJson)).toEqual(found);
});

test.each<[string, RegExp, Record<string, WrittenValue | undefined>, ReadonlyMap<string, Float32Array>?]>([
  ['another architecture', /"gemma3".*llama, qwen2, qwen3/, { 'general.architecture': string('gemma3') }],
  ['no architecture', /null/, { 'general.architecture': undefined }],
  ['another rotary scaling', /"yarn"/, { 'llama.rope.scaling.type': string('yarn') }],
  ['a part of a model', /one of 3 parts/, { 'split.count': whole(3) }],
  ['a missing number', /no number llama.block_count/, { 'llama.block_count': undefined }],
  [
    'a number that is none',
    /no single number/,
    { 'llama.feed_forward_length': { type: 'i32s', value: [12, 12] } },
  ],
  ['billions of layers', /num_hidden_layers/, { 'llama.block_count': whole(4_000_000_000) }],
  ['rotation of a part of each head', /2 of 4 elements/, { 'llama.rope.dimension_count': whole(2) }],
  [
    'a tensor of another kind of model',
    /"blk.0.ffn_gate_inp.weight"/,
    {},
    new Map([['blk.0.ffn_gate_inp.weight', new Float32Array(8)]]),
  ],
  ['rotary factors of another kind', /rope_freqs/, {}, new Map([[ropeFactorsTensor, Float32Array.of(3, 1)]])],
])('is refused with what was found: %s', (_, found, change, more) => {
  const metadata = Object.entries({ ...metadataOf('llama'), ...change }).filter(
    ([, value]) => value !== undefined,
  );
  const path = fileWith(
    configOf('llama'),
    Object.fromEntries(metadata) as Record<string, WrittenValue>,
    more,
  );
  expect(() => describeGguf(path)).toThrow(
    expect.objectContaining({
      code: 'MODEL_UNSUPPORTED',
      at: path,
      found: expect.stringMatching(found) as string,
    }),
  );
});
