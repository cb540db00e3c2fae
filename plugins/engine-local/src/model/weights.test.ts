import { expect, test } from 'vitest';
import { everyLoraTarget, tinyConfigs } from '../../test/model/tiny-model.js';
import { loraShapes, weightShapes } from './weights.js';

const llama = tinyConfigs['llama with biases, untied']!;
const qwen3 = tinyConfigs['qwen3 with head norms, tied']!;

test('lists every tensor of a layer by its Hugging Face name and shape', () => {
  const layer = [...weightShapes(llama)].filter(([name]) => name.startsWith('model.layers.1.'));
  expect(
    Object.fromEntries(layer.map(([name, shape]) => [name.slice('model.layers.1.'.length), shape])),
  ).toEqual({
    'input_layernorm.weight': [24],
    'self_attn.q_proj.weight': [24, 24],
    'self_attn.q_proj.bias': [24],
    'self_attn.k_proj.weight': [12, 24],
    'self_attn.k_proj.bias': [12],
    'self_attn.v_proj.weight': [12, 24],
    'self_attn.v_proj.bias': [12],
    'self_attn.o_proj.weight': [24, 24],
    'self_attn.o_proj.bias': [24],
    'mlp.gate_proj.weight': [20, 24],
    'mlp.gate_proj.bias': [20],
    'mlp.up_proj.weight': [20, 24],
    'mlp.up_proj.bias': [20],
    'mlp.down_proj.weight': [24, 20],
    'mlp.down_proj.bias': [24],
    'post_attention_layernorm.weight': [24],
  });
});

test('a tied model has no lm_head, a model with head norms has them', () => {
  expect(weightShapes(llama).get('lm_head.weight')).toEqual([23, 24]);
  expect(weightShapes(qwen3).has('lm_head.weight')).toBe(false);
  expect(weightShapes(qwen3).get('model.layers.0.self_attn.q_norm.weight')).toEqual([8]);
  expect(weightShapes(qwen3).get('model.layers.0.self_attn.o_proj.weight')).toEqual([24, 32]);
});

test('lists LoRA factors of the targets only, A before B, by their PEFT names', () => {
  expect([...loraShapes(qwen3, { rank: 3, alpha: 6, targets: ['lm_head', 'v_proj'] })]).toEqual([
    ['base_model.model.model.layers.0.self_attn.v_proj.lora_A.weight', [3, 24]],
    ['base_model.model.model.layers.0.self_attn.v_proj.lora_B.weight', [8, 3]],
    ['base_model.model.model.layers.1.self_attn.v_proj.lora_A.weight', [3, 24]],
    ['base_model.model.model.layers.1.self_attn.v_proj.lora_B.weight', [8, 3]],
    ['base_model.model.lm_head.lora_A.weight', [3, 24]],
    ['base_model.model.lm_head.lora_B.weight', [23, 3]],
  ]);
  expect(loraShapes(llama, everyLoraTarget).size).toBe(2 * (2 * 7 + 1));
});
