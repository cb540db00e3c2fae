/** Learning rates: how they change over a run, and which one a model wants. Knows nothing about engines. */
import { TinsmithError } from '@tinsmith/core';

export const learningRateSchedules = ['linear', 'cosine', 'constant'] as const;
export type LearningRateSchedule = (typeof learningRateSchedules)[number];

/**
 * What the learning rate is multiplied by at a step: 1 at step 0; `linear` and `cosine` reach 0 at `totalSteps`.
 * There is no warm-up. A linear one is negative past the last step, as in the reference. Throws a RangeError
 * unless there is at least one step.
 */
export function learningRateMultiplier(
  schedule: LearningRateSchedule,
  step: number,
  totalSteps: number,
): number {
  if (!(totalSteps > 0)) throw new RangeError(`a schedule of ${totalSteps} steps has no learning rate`);
  const done = step / totalSteps;
  if (schedule === 'constant') return 1;
  if (schedule === 'linear') return 1 - done;
  if (schedule === 'cosine') return 0.5 * (1 + Math.cos(Math.PI * done));
  throw new RangeError(`no schedule is called "${String(schedule)}": ${learningRateSchedules.join(', ')}`);
}

export interface EpochPlan {
  readonly batchesPerEpoch: number;
  readonly epochs: number;
  readonly maxSteps?: number | undefined;
}

export function plannedSteps({ batchesPerEpoch, epochs, maxSteps = Infinity }: EpochPlan): number {
  return Math.min(batchesPerEpoch * epochs, maxSteps);
}

/** Where a step of supervised training stands. */
export interface StepPlace {
  readonly epoch: number;
  readonly batch: number;
  /** The share of the run that is done after the step. */
  readonly progress: number;
}

export function placeOf(step: number, plan: EpochPlan): StepPlace {
  const { batchesPerEpoch } = plan;
  return {
    epoch: Math.floor(step / batchesPerEpoch),
    batch: step % batchesPerEpoch,
    progress: (step + 1) / plannedSteps(plan),
  };
}

/** Of a token's vector, by model: what the recommendation depends on. Models of one size share it. */
const HIDDEN_SIZES: readonly (readonly [pattern: RegExp, size: number])[] = [
  [/^Qwen\/Qwen3.*-(235B-A22B|397B-A17B|8B|9B)\b/, 4096],
  [/^Qwen\/Qwen3.*-(30B-A3B|35B-A3B)\b/, 2048],
  [/^Qwen\/Qwen3.*-(27B|32B)\b/, 5120],
  [/^Qwen\/Qwen3.*-4B\b/, 2560],
  [/^meta-llama\/Llama-3\.\d-70B\b/, 8192],
  [/^meta-llama\/Llama-3\.\d-8B\b/, 4096],
  [/^meta-llama\/Llama-3\.\d-3B\b/, 3072],
  [/^meta-llama\/Llama-3\.\d-1B\b/, 2048],
];

/** How fast the best learning rate falls with the hidden size: fitted by the reference, per family. */
const EXPONENTS: readonly (readonly [family: string, exponent: number])[] = [
  ['llama', 0.781],
  ['qwen', 0.0775],
];

/** LoRA wants ten times the learning rate of full fine-tuning, whatever the rank. */
const LORA_FACTOR = 10;

/**
 * The reference's recommendation for supervised training: 5e-5 * (2000 / hidden size)^exponent, times 10 for LoRA.
 * Throws LEARNING_RATE_UNKNOWN for a model that it was not fitted for.
 */
export function recommendedLearningRate(modelName: string, { isLora = true } = {}): number {
  const exponent = EXPONENTS.find(([family]) => modelName.toLowerCase().includes(family))?.[1];
  const hiddenSize = HIDDEN_SIZES.find(([pattern]) => pattern.test(modelName))?.[1];
  if (exponent === undefined || hiddenSize === undefined) {
    throw new TinsmithError({
      code: 'LEARNING_RATE_UNKNOWN',
      message: `there is no recommended learning rate for "${modelName}"`,
      found: 'recommendations were fitted on Llama 3 and Qwen 3 models only',
      fix: 'give learningRate; 5e-4 is a fair first try for LoRA',
    });
  }
  return 5e-5 * (isLora ? LORA_FACTOR : 1) * (2000 / hiddenSize) ** exponent;
}
