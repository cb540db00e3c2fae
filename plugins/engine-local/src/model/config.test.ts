import { describe, expect, test } from 'vitest';
import { parseModelConfig } from './config.js';

const llama = {
  model_type: 'llama',
  vocab_size: 100,
  hidden_size: 48,
  intermediate_size: 96,
  num_hidden_layers: 2,
  num_attention_heads: 6,
  max_position_embeddings: 128,
};

test('fills in what a config may leave out', () => {
  expect(parseModelConfig({ ...llama, head_dim: null })).toMatchObject({
    keyValueHeads: 6,
    headSize: 8,
    ropeTheta: 10000,
    tiedEmbeddings: false,
    slidingWindow: undefined,
    queryKeyValueBias: false,
  });
  expect(parseModelConfig({ ...llama, head_dim: 12, num_key_value_heads: 2 })).toMatchObject({
    headSize: 12,
    keyValueHeads: 2,
  });
});

test('reads rotary settings in the spelling of Transformers 4 and 5', () => {
  const scaling = {
    factor: 8,
    low_freq_factor: 1,
    high_freq_factor: 4,
    original_max_position_embeddings: 32,
  };
  const four = {
    rope_theta: 5e5,
    rope_scaling: { rope_type: 'llama3', ...scaling },
    torch_dtype: 'bfloat16',
  };
  const five = { rope_parameters: { rope_theta: 5e5, rope_type: 'llama3', ...scaling }, dtype: 'bfloat16' };
  const expected = {
    ropeTheta: 5e5,
    ropeScaling: { factor: 8, lowFrequencyFactor: 1, highFrequencyFactor: 4, originalMaxPositions: 32 },
  };
  expect(parseModelConfig({ ...llama, ...four })).toMatchObject(expected);
  expect(parseModelConfig({ ...llama, ...five })).toEqual(parseModelConfig({ ...llama, ...four }));
  expect(
    parseModelConfig({ ...llama, rope_parameters: { rope_theta: 7, rope_type: 'default' } }),
  ).toMatchObject({
    ropeTheta: 7,
    ropeScaling: undefined,
  });
});

test('knows the parts that an architecture has without saying so', () => {
  const qwen2 = parseModelConfig({ ...llama, model_type: 'qwen2', sliding_window: 64 });
  expect(qwen2).toMatchObject({
    queryKeyValueBias: true,
    attentionOutputBias: false,
    slidingWindow: undefined,
  });
  const windowed = { ...llama, model_type: 'qwen2', sliding_window: 64, use_sliding_window: true };
  expect(parseModelConfig(windowed).slidingWindow).toBe(64);
  expect(parseModelConfig({ ...llama, model_type: 'qwen3' }).queryKeyNorm).toBe(true);
  expect(
    parseModelConfig({ ...llama, model_type: 'mistral', sliding_window: null }).slidingWindow,
  ).toBeUndefined();
  expect(parseModelConfig({ ...llama, model_type: 'mistral' }).slidingWindow).toBe(4096);
  const named = parseModelConfig({ ...llama, model_type: undefined, architectures: ['Qwen3ForCausalLM'] });
  expect(named.architecture).toBe('qwen3');
});

describe('refuses', () => {
  test.each([
    [
      'an unknown architecture',
      { model_type: 'gpt2', architectures: ['GPT2LMHeadModel'] },
      'found model_type "gpt2", architecture "GPT2LMHeadModel"; supported are llama, mistral, qwen2, qwen3',
    ],
    ['another activation', { hidden_act: 'gelu' }, 'found hidden_act "gelu"; supported is silu'],
    [
      'other rotary scalings',
      { rope_scaling: { type: 'yarn', factor: 4 } },
      'found rope_type "yarn"; supported are default and llama3',
    ],
    [
      'half a llama3 scaling',
      { rope_scaling: { rope_type: 'llama3', factor: 4 } },
      'llama3 rotary scaling needs factor',
    ],
    ['quantised weights', { quantization_config: { bits: 4 } }, 'quantised checkpoints are not supported'],
    [
      'rotating a part of a head',
      { partial_rotary_factor: 0.5 },
      'partial_rotary_factor 0.5 is not supported',
    ],
    [
      'heads that cannot share',
      { num_key_value_heads: 4 },
      '6 attention heads cannot share 4 key-value heads evenly',
    ],
    ['odd heads', { hidden_size: 42 }, 'even head_dim, found 7'],
    ['a missing size', { vocab_size: undefined }, 'vocab_size'],
  ])('%s', (_what, change, message) => {
    expect(() => parseModelConfig({ ...llama, ...change })).toThrow(message);
  });
});
