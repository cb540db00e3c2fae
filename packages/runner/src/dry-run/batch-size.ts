/** How large the first batch is, as an engine wants to know it that says what it takes. */
import { type BatchSize, inputLength } from '@tinsmith/core';
import type { Recording } from './recording-engine.js';

/** Undefined if nothing is trained. */
export function batchSize({ training, trained, sampled }: Recording): BatchSize | undefined {
  if (!training || (!trained && sampled.length === 0)) return undefined;
  return {
    baseModel: training.baseModel,
    rank: training.rank,
    trained: (trained?.data ?? []).map(({ modelInput }) => inputLength(modelInput)),
    sampled: sampled.map(({ prompt, numSamples, samplingParams: { maxTokens } }) => ({
      promptTokens: inputLength(prompt),
      numSamples,
      maxTokens,
    })),
  };
}
