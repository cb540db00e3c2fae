/**
 * LoRA factors in PEFT's layout: adapter_config.json and adapter_model.safetensors. Reads what others wrote, refuses what the
 * graphs cannot express, writes what PEFT reads. Knows nothing of training.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { TinsmithError } from '@tinsmith/core';
import { z } from 'zod';
import {
  type LoraConfig,
  loraShapes,
  type LoraTarget,
  loraTargets,
  type ModelConfig,
} from '../model/index.js';
import { readJson, readTensors } from './model-folder.js';
import { type FloatTensors, openSafetensors } from './safetensors.js';

export const adapterConfigFile = 'adapter_config.json';
export const adapterWeightsFile = 'adapter_model.safetensors';

export interface Adapter {
  readonly lora: LoraConfig;
  readonly factors: FloatTensors;
}

/** What PEFT can express and these graphs cannot: refused unless at the value that switches it off. */
const adapterSchema = z.object({
  peft_type: z.literal('LORA'),
  r: z.int().positive(),
  lora_alpha: z.number().positive(),
  base_model_name_or_path: z.string().nullish(),
  bias: z.literal('none').default('none'),
  fan_in_fan_out: z.literal(false).default(false),
  use_dora: z.literal(false).default(false),
  use_rslora: z.literal(false).default(false),
  modules_to_save: z.array(z.string()).max(0).nullish(),
  rank_pattern: z.record(z.string(), z.never()).nullish(),
  alpha_pattern: z.record(z.string(), z.never()).nullish(),
});

export const isAdapterFolder = (folder: string): boolean => existsSync(join(folder, adapterConfigFile));

export interface AdapterDescription {
  readonly rank: number;
  readonly alpha: number;
  /** undefined if the file does not say. */
  readonly baseModel: string | undefined;
}

/** @throws {TinsmithError} ADAPTER_UNSUPPORTED */
export function describeAdapter(folder: string): AdapterDescription {
  const file = join(folder, adapterConfigFile);
  const parsed = adapterSchema.safeParse(readJson(file));
  if (!parsed.success)
    throw new TinsmithError({
      code: 'ADAPTER_UNSUPPORTED',
      message: 'the adapter is not plain LoRA as it can be used here',
      at: file,
      found: z.prettifyError(parsed.error),
    });
  const { r: rank, lora_alpha: alpha, base_model_name_or_path: base } = parsed.data;
  return { rank, alpha, baseModel: base === '' ? undefined : (base ?? undefined) };
}

/**
 * Reads an adapter for a model. Which matrices it adapts is taken from its tensors.
 * @throws {TinsmithError} ADAPTER_UNSUPPORTED, ADAPTER_MISMATCH, TENSOR_MISSING, TENSOR_SHAPE, SAFETENSORS_CORRUPT
 */
export function readAdapter(folder: string, config: ModelConfig): Adapter {
  const { rank, alpha } = describeAdapter(folder);
  const file = openSafetensors(join(folder, adapterWeightsFile));
  try {
    const names = [...file.entries.keys()];
    const targets = loraTargets.filter(target => names.some(name => name.includes(`.${target}.lora_`)));
    const lora: LoraConfig = { rank, alpha, targets };
    const shapes = loraShapes(config, lora);
    const stranger = names.find(name => !shapes.has(name));
    if (stranger !== undefined || targets.length === 0)
      throw new TinsmithError({
        code: 'ADAPTER_MISMATCH',
        message: 'the adapter does not belong to the model',
        at: file.path,
        found:
          stranger === undefined
            ? 'no LoRA factor'
            : `tensor "${stranger}", which the model has no place for`,
      });
    return { lora, factors: readTensors([file], shapes, folder) };
  } finally {
    file.close();
  }
}

/** The content of adapter_config.json. */
export function adapterConfigJson(lora: LoraConfig, baseModel: string): Record<string, unknown> {
  return {
    peft_type: 'LORA',
    task_type: 'CAUSAL_LM',
    base_model_name_or_path: baseModel,
    r: lora.rank,
    lora_alpha: lora.alpha,
    target_modules: lora.targets.toSorted(),
    lora_dropout: 0,
    bias: 'none',
    fan_in_fan_out: false,
    use_rslora: false,
    use_dora: false,
    init_lora_weights: true,
    inference_mode: true,
    modules_to_save: null,
    rank_pattern: {},
    alpha_pattern: {},
    layers_to_transform: null,
    layers_pattern: null,
  };
}

/** The matrices that the three switches of the protocol stand for. */
export function switchedTargets(switches: { attn: boolean; mlp: boolean; unembed: boolean }): LoraTarget[] {
  return [
    ...(switches.attn ? (['q_proj', 'k_proj', 'v_proj', 'o_proj'] as const) : []),
    ...(switches.mlp ? (['gate_proj', 'up_proj', 'down_proj'] as const) : []),
    ...(switches.unembed ? (['lm_head'] as const) : []),
  ];
}
