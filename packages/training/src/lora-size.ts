/**
 * How many numbers a LoRA adapter has: its rank times what a rank costs, by the parts of the model that are adapted
 * (cookbook-algorithms, section 14). Knows only names of models.
 */
import { nearest, TinsmithError } from '@tinsmith/core';

export interface LoraParts {
  /** All default to true. */
  readonly trainMlp?: boolean;
  readonly trainAttention?: boolean;
  readonly trainUnembedding?: boolean;
}

interface CostPerRank {
  readonly names: readonly string[];
  readonly mlp: number;
  readonly attention: number;
  readonly unembedding: number;
}

/** Per rank, each adapted matrix has as many numbers as it has rows and columns. The reference's table. */
const COSTS: readonly CostPerRank[] = [
  {
    names: ['Qwen/Qwen3-235B-A22B-Instruct-2507', 'Qwen/Qwen3-VL-235B-A22B-Instruct'],
    mlp: 56_598_528,
    attention: 3_176_448,
    unembedding: 156_032,
  },
  {
    names: [
      'Qwen/Qwen3-30B-A3B',
      'Qwen/Qwen3-30B-A3B-Base',
      'Qwen/Qwen3-30B-A3B-Instruct-2507',
      'Qwen/Qwen3-VL-30B-A3B-Instruct',
    ],
    mlp: 14_450_688,
    attention: 835_584,
    unembedding: 153_984,
  },
  { names: ['Qwen/Qwen3-32B'], mlp: 5_898_240, attention: 2_490_368, unembedding: 157_056 },
  { names: ['Qwen/Qwen3-4B-Instruct-2507'], mlp: 1_327_104, attention: 737_280, unembedding: 154_496 },
  {
    names: ['Qwen/Qwen3-8B', 'Qwen/Qwen3-8B-Base'],
    mlp: 1_769_472,
    attention: 958_464,
    unembedding: 156_032,
  },
  {
    names: ['Qwen/Qwen3.5-27B', 'Qwen/Qwen3.6-27B', 'Qwen/Qwen3.8-27B'],
    mlp: 4_325_376,
    attention: 2_965_504,
    unembedding: 253_440,
  },
  {
    names: ['Qwen/Qwen3.5-35B-A3B', 'Qwen/Qwen3.5-35B-A3B-Base', 'Qwen/Qwen3.6-35B-A3B'],
    mlp: 16_281_600,
    attention: 1_013_760,
    unembedding: 250_368,
  },
  { names: ['Qwen/Qwen3.5-397B-A17B'], mlp: 96_030_720, attention: 2_841_600, unembedding: 252_416 },
  { names: ['Qwen/Qwen3.5-4B'], mlp: 1_130_496, attention: 897_024, unembedding: 250_880 },
  {
    names: ['Qwen/Qwen3.5-9B', 'Qwen/Qwen3.5-9B-Base'],
    mlp: 1_572_864,
    attention: 1_130_496,
    unembedding: 252_416,
  },
  {
    names: ['deepseek-ai/DeepSeek-V3.1', 'deepseek-ai/DeepSeek-V3.1-Base'],
    mlp: 94_307_328,
    attention: 2_440_000,
    unembedding: 136_448,
  },
  {
    names: ['meta-llama/Llama-3.1-70B', 'meta-llama/Llama-3.3-70B-Instruct'],
    mlp: 8_847_360,
    attention: 4_096_000,
    unembedding: 136_448,
  },
  {
    names: ['meta-llama/Llama-3.1-8B', 'meta-llama/Llama-3.1-8B-Instruct'],
    mlp: 1_769_472,
    attention: 851_968,
    unembedding: 132_352,
  },
  { names: ['meta-llama/Llama-3.2-1B'], mlp: 491_520, attention: 212_992, unembedding: 130_304 },
  { names: ['meta-llama/Llama-3.2-3B'], mlp: 946_176, attention: 573_440, unembedding: 131_328 },
  {
    names: ['moonshotai/Kimi-K2-Thinking', 'moonshotai/Kimi-K2.5', 'moonshotai/Kimi-K2.6'],
    mlp: 144_583_680,
    attention: 1_940_288,
    unembedding: 171_008,
  },
  {
    names: [
      'nvidia/NVIDIA-Nemotron-3-Nano-30B-A3B-BF16',
      'nvidia/NVIDIA-Nemotron-3.5-Lightning-30B-A3B-BF16',
    ],
    mlp: 11_346_176,
    attention: 584_832,
    unembedding: 133_760,
  },
  {
    names: ['nvidia/NVIDIA-Nemotron-3-Super-120B-A12B-BF16'],
    mlp: 111_349_760,
    attention: 1_675_264,
    unembedding: 135_168,
  },
  {
    names: ['nvidia/NVIDIA-Nemotron-3-Ultra-550B-A55B-BF16'],
    mlp: 254_529_536,
    attention: 4_134_912,
    unembedding: 139_264,
  },
  { names: ['openai/gpt-oss-120b'], mlp: 40_124_160, attention: 746_496, unembedding: 203_968 },
  { names: ['openai/gpt-oss-20b'], mlp: 6_842_880, attention: 497_664, unembedding: 203_968 },
  { names: ['thinkingmachines/Inkling'], mlp: 154_705_920, attention: 3_424_256, unembedding: 207_168 },
];

const byName = new Map(COSTS.flatMap(cost => cost.names.map(name => [name, cost] as const)));

/**
 * @throws LORA_PARTS_NONE if no part is trained, MODEL_UNKNOWN for a model that is not in the table
 */
export function loraParameterCount(
  modelName: string,
  rank: number,
  { trainMlp = true, trainAttention = true, trainUnembedding = true }: LoraParts = {},
): number {
  if (!trainMlp && !trainAttention && !trainUnembedding) {
    throw new TinsmithError({
      code: 'LORA_PARTS_NONE',
      message: 'an adapter needs a part of the model to adapt',
      fix: 'trainMlp, trainAttention or trainUnembedding',
    });
  }
  const cost = byName.get(modelName);
  if (!cost) {
    const near = nearest(modelName, [...byName.keys()]);
    throw new TinsmithError({
      code: 'MODEL_UNKNOWN',
      message: 'nothing is known here about the size of an adapter of this model',
      found: modelName,
      fix: near === undefined ? undefined : `${near}?`,
    });
  }
  const perRank =
    (trainMlp ? cost.mlp : 0) +
    (trainAttention ? cost.attention : 0) +
    (trainUnembedding ? cost.unembedding : 0);
  return rank * perRank;
}
