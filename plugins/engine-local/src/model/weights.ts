/**
 * Names and shapes of every tensor of a model and of its LoRA factors, as Hugging Face and PEFT write them. A projection is
 * stored [out, in]. Knows nothing of files or graphs.
 */
import type { ModelConfig } from './config.js';

export type Shapes = ReadonlyMap<string, readonly number[]>;

/** The matrices that may carry LoRA factors, by the last part of their name. */
export const loraTargets = [
  'q_proj',
  'k_proj',
  'v_proj',
  'o_proj',
  'gate_proj',
  'up_proj',
  'down_proj',
  'lm_head',
] as const;
export type LoraTarget = (typeof loraTargets)[number];

/** y = x Wᵀ + b + (alpha / rank) (x Aᵀ) Bᵀ, with A [rank, in] and B [out, rank]. */
export interface LoraConfig {
  readonly rank: number;
  readonly alpha: number;
  readonly targets: readonly LoraTarget[];
}

/** A projection: where it is in the model, and its sizes. */
export interface Projection {
  /** Name of the module, without `.weight`: `model.layers.0.self_attn.q_proj`. */
  readonly module: string;
  readonly target: LoraTarget;
  readonly outSize: number;
  readonly inSize: number;
  readonly hasBias: boolean;
}

export function layerProjections(config: ModelConfig, layer: number): readonly Projection[] {
  const { hiddenSize: hidden, intermediateSize: intermediate } = config;
  const queries = config.heads * config.headSize;
  const keys = config.keyValueHeads * config.headSize;
  const attention = `model.layers.${layer}.self_attn`;
  const mlp = `model.layers.${layer}.mlp`;
  const { queryKeyValueBias, attentionOutputBias, mlpBias } = config;
  return [
    projection(attention, 'q_proj', queries, hidden, queryKeyValueBias),
    projection(attention, 'k_proj', keys, hidden, queryKeyValueBias),
    projection(attention, 'v_proj', keys, hidden, queryKeyValueBias),
    projection(attention, 'o_proj', hidden, queries, attentionOutputBias),
    projection(mlp, 'gate_proj', intermediate, hidden, mlpBias),
    projection(mlp, 'up_proj', intermediate, hidden, mlpBias),
    projection(mlp, 'down_proj', hidden, intermediate, mlpBias),
  ];
}

/** Projections of one input, by their targets in the order of {@link layerProjections}: a product can be one for all of a group. */
export const projectionGroups: readonly (readonly LoraTarget[])[] = [
  ['q_proj', 'k_proj', 'v_proj'],
  ['o_proj'],
  ['gate_proj', 'up_proj'],
  ['down_proj'],
];

/** The unembedding. With tied embeddings its weight is the embedding table; LoRA factors on it are its own. */
export function headProjection(config: ModelConfig): Projection {
  return {
    module: 'lm_head',
    target: 'lm_head',
    outSize: config.vocabularySize,
    inSize: config.hiddenSize,
    hasBias: false,
  };
}

function projection(
  parent: string,
  target: LoraTarget,
  outSize: number,
  inSize: number,
  hasBias: boolean,
): Projection {
  return { module: `${parent}.${target}`, target, outSize, inSize, hasBias };
}

export function loraNames(module: string): { readonly a: string; readonly b: string } {
  return { a: `base_model.model.${module}.lora_A.weight`, b: `base_model.model.${module}.lora_B.weight` };
}

/** Every tensor of the model by its Hugging Face name. A tied unembedding is not listed: it is the embedding table. */
export function weightShapes(config: ModelConfig): Shapes {
  const shapes = new Map<string, readonly number[]>();
  shapes.set('model.embed_tokens.weight', [config.vocabularySize, config.hiddenSize]);
  for (let layer = 0; layer < config.layers; layer++) {
    shapes.set(`model.layers.${layer}.input_layernorm.weight`, [config.hiddenSize]);
    for (const { module, outSize, inSize, hasBias } of layerProjections(config, layer)) {
      shapes.set(`${module}.weight`, [outSize, inSize]);
      if (hasBias) shapes.set(`${module}.bias`, [outSize]);
    }
    if (config.queryKeyNorm) {
      shapes.set(`model.layers.${layer}.self_attn.q_norm.weight`, [config.headSize]);
      shapes.set(`model.layers.${layer}.self_attn.k_norm.weight`, [config.headSize]);
    }
    shapes.set(`model.layers.${layer}.post_attention_layernorm.weight`, [config.hiddenSize]);
  }
  shapes.set('model.norm.weight', [config.hiddenSize]);
  if (!config.tiedEmbeddings) shapes.set('lm_head.weight', [config.vocabularySize, config.hiddenSize]);
  return shapes;
}

/** Every LoRA factor by its PEFT name, A before B, in the order of the layers. */
export function loraShapes(config: ModelConfig, lora: LoraConfig): Shapes {
  const shapes = new Map<string, readonly number[]>();
  const layers = Array.from({ length: config.layers }, (_, layer) => layerProjections(config, layer)).flat();
  for (const { module, target, outSize, inSize } of [...layers, headProjection(config)]) {
    if (!lora.targets.includes(target)) continue;
    const { a, b } = loraNames(module);
    shapes.set(a, [lora.rank, inSize]);
    shapes.set(b, [outSize, lora.rank]);
  }
  return shapes;
}
