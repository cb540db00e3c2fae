/**
 * Models by name, with the renderers that fit them, the recommended one first (cookbook-algorithms, section 15). Plugins add
 * models under the token `Models`; what a plugin says about a model goes before what stands here. Knows only names: whether a
 * renderer is there is seen when a run starts.
 */
import { nearest, TinsmithError } from '@tinsmith/core';

export interface ModelInfo {
  readonly organization: string;
  readonly version: string;
  /** E.g. `30B-A3B`: of 30 billion parameters 3 billion are used per token. */
  readonly size: string;
  /** Trained to converse. */
  readonly isChat: boolean;
  readonly renderers: readonly string[];
  /** Sees images. */
  readonly isVision: boolean;
  /** Hears. */
  readonly isAudioIn: boolean;
}

interface Family {
  readonly organization: string;
  readonly version: string;
  readonly renderers: readonly string[];
  readonly isChat?: boolean;
  readonly isVision?: boolean;
  readonly isAudioIn?: boolean;
  /** Size by model, without the organization. */
  readonly models: Readonly<Record<string, string>>;
}

const families: readonly Family[] = [
  {
    organization: 'meta-llama',
    version: '3.1',
    renderers: ['llama3'],
    models: { 'Llama-3.1-8B-Instruct': '8B' },
  },
  {
    organization: 'meta-llama',
    version: '3.3',
    renderers: ['llama3'],
    models: { 'Llama-3.3-70B-Instruct': '70B' },
  },
  {
    organization: 'meta-llama',
    version: '3.1',
    renderers: ['role_colon'],
    isChat: false,
    models: { 'Llama-3.1-8B': '8B', 'Llama-3.1-70B': '70B' },
  },
  {
    organization: 'meta-llama',
    version: '3.2',
    renderers: ['role_colon'],
    isChat: false,
    models: { 'Llama-3.2-1B': '1B', 'Llama-3.2-3B': '3B' },
  },
  {
    organization: 'Qwen',
    version: '3',
    renderers: ['qwen3', 'qwen3_disable_thinking'],
    models: { 'Qwen3-8B': '8B', 'Qwen3-32B': '32B', 'Qwen3-30B-A3B': '30B-A3B' },
  },
  {
    organization: 'Qwen',
    version: '3',
    renderers: ['qwen3_instruct'],
    models: {
      'Qwen3-4B-Instruct-2507': '4B',
      'Qwen3-30B-A3B-Instruct-2507': '30B-A3B',
      'Qwen3-235B-A22B-Instruct-2507': '235B-A22B',
    },
  },
  {
    organization: 'Qwen',
    version: '3',
    renderers: ['qwen3_vl_instruct'],
    isVision: true,
    models: { 'Qwen3-VL-30B-A3B-Instruct': '30B-A3B', 'Qwen3-VL-235B-A22B-Instruct': '235B-A22B' },
  },
  {
    organization: 'Qwen',
    version: '3',
    renderers: ['role_colon'],
    isChat: false,
    models: { 'Qwen3-8B-Base': '8B', 'Qwen3-30B-A3B-Base': '30B-A3B' },
  },
  {
    organization: 'Qwen',
    version: '3.5',
    renderers: ['qwen3_5', 'qwen3_5_disable_thinking'],
    isVision: true,
    models: {
      'Qwen3.5-4B': '4B',
      'Qwen3.5-9B': '9B',
      'Qwen3.5-27B': '27B',
      'Qwen3.5-35B-A3B': '35B-A3B',
      'Qwen3.5-397B-A17B': '397B-A17B',
    },
  },
  {
    organization: 'Qwen',
    version: '3.5',
    renderers: ['role_colon'],
    isChat: false,
    isVision: true,
    models: { 'Qwen3.5-9B-Base': '9B', 'Qwen3.5-35B-A3B-Base': '35B-A3B' },
  },
  {
    organization: 'Qwen',
    version: '3.6',
    renderers: ['qwen3_5', 'qwen3_5_disable_thinking'],
    isVision: true,
    models: { 'Qwen3.6-27B': '27B', 'Qwen3.6-35B-A3B': '35B-A3B' },
  },
  {
    organization: 'Qwen',
    version: '3.8',
    renderers: [
      'qwen3_8_xhigh_reasoning',
      'qwen3_8_disable_thinking',
      'qwen3_8_medium_reasoning',
      'qwen3_8_low_reasoning',
    ],
    isVision: true,
    models: { 'Qwen3.8-27B': '27B' },
  },
  {
    organization: 'deepseek-ai',
    version: '3',
    renderers: ['deepseekv3', 'deepseekv3_thinking'],
    models: { 'DeepSeek-V3.1': '671B-A37B' },
  },
  {
    organization: 'deepseek-ai',
    version: '3',
    renderers: ['role_colon'],
    isChat: false,
    models: { 'DeepSeek-V3.1-Base': '671B-A37B' },
  },
  {
    organization: 'openai',
    version: '1',
    renderers: ['gpt_oss_no_sysprompt', 'gpt_oss_medium_reasoning'],
    models: { 'gpt-oss-20b': '21B-A3.6B', 'gpt-oss-120b': '117B-A5.1B' },
  },
  {
    organization: 'moonshotai',
    version: 'K2',
    renderers: ['kimi_k2'],
    models: { 'Kimi-K2-Thinking': '1T-A32B' },
  },
  {
    organization: 'moonshotai',
    version: 'K2.5',
    renderers: ['kimi_k25', 'kimi_k25_disable_thinking'],
    isVision: true,
    models: { 'Kimi-K2.5': '1T-A32B' },
  },
  {
    organization: 'moonshotai',
    version: 'K2.6',
    renderers: ['kimi_k26', 'kimi_k26_disable_thinking', 'kimi_k26_preserve_thinking'],
    isVision: true,
    models: { 'Kimi-K2.6': '1T-A32B' },
  },
  {
    organization: 'nvidia',
    version: '3',
    renderers: ['nemotron3', 'nemotron3_disable_thinking', 'nemotron3_preserve_thinking'],
    models: { 'NVIDIA-Nemotron-3-Nano-30B-A3B-BF16': '30B-A3B' },
  },
  {
    organization: 'nvidia',
    version: '3',
    renderers: [
      'nemotron3',
      'nemotron3_disable_thinking',
      'nemotron3_preserve_thinking',
      'nemotron3_low_thinking',
    ],
    models: { 'NVIDIA-Nemotron-3-Super-120B-A12B-BF16': '120B-A12B' },
  },
  {
    organization: 'nvidia',
    version: '3',
    renderers: [
      'nemotron3_ultra',
      'nemotron3_ultra_disable_thinking',
      'nemotron3_ultra_medium_thinking',
      'nemotron3_ultra_preserve_thinking',
    ],
    models: { 'NVIDIA-Nemotron-3-Ultra-550B-A55B-BF16': '550B-A55B' },
  },
  {
    organization: 'nvidia',
    version: '3.5',
    renderers: ['nemotron3_ultra', 'nemotron3_ultra_disable_thinking', 'nemotron3_ultra_preserve_thinking'],
    models: { 'NVIDIA-Nemotron-3.5-Lightning-30B-A3B-BF16': '30B-A3B' },
  },
  {
    organization: 'thinkingmachines',
    version: 'Inkling',
    renderers: ['tml_v0'], // no package has it: a format of another project
    isVision: true,
    isAudioIn: true,
    models: { Inkling: 'Inkling' },
  },
  {
    organization: 'HuggingFaceTB',
    version: '2',
    renderers: ['chatml'],
    models: {
      'SmolLM2-135M-Instruct': '135M',
      'SmolLM2-360M-Instruct': '360M',
      'SmolLM2-1.7B-Instruct': '1.7B',
    },
  },
  {
    organization: 'HuggingFaceTB',
    version: '2',
    renderers: ['role_colon'],
    isChat: false,
    models: { 'SmolLM2-135M': '135M', 'SmolLM2-360M': '360M', 'SmolLM2-1.7B': '1.7B' },
  },
];

/** By full name, `organization/model`. */
export const knownModels: ReadonlyMap<string, ModelInfo> = new Map(
  families.flatMap(({ models, isChat = true, isVision = false, isAudioIn = false, ...family }) =>
    Object.entries(models).map(([model, size]): [string, ModelInfo] => [
      `${family.organization}/${model}`,
      { ...family, size, isChat, isVision, isAudioIn },
    ]),
  ),
);

/**
 * @param name may have a suffix `:checkpoint`, which does not count.
 * @throws MODEL_UNKNOWN, with names that are near.
 */
export function modelInfo(name: string): ModelInfo {
  const found = findModel(name);
  if (found) return found;
  const [organization, ...rest] = baseName(name).split('/');
  const siblings = [...knownModels.keys()].filter(known => known.startsWith(`${organization}/`));
  const near = nearest(baseName(name), [...knownModels.keys()]);
  throw new TinsmithError({
    code: 'MODEL_UNKNOWN',
    message: `nothing is known about the model "${name}"`,
    found:
      rest.length === 0
        ? 'a name without an organization; names are like Qwen/Qwen3-8B'
        : siblings.length > 0
          ? `of ${organization}: ${siblings.join(', ')}`
          : `no model of "${organization}"`,
    fix: near === undefined ? 'name the renderer, or add a plugin that provides the model' : near,
  });
}

/** As `modelInfo`; undefined for a model that nothing is known about. */
export function findModel(name: string): ModelInfo | undefined {
  const base = baseName(name);
  return (
    knownModels.get(base) ??
    (base.startsWith('thinkingmachines/Inkling') ? knownModels.get('thinkingmachines/Inkling') : undefined)
  );
}

const baseName = (name: string) => name.split(':', 1)[0]!;
