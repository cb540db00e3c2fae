/** Prompts whose answers are compared with each other, in batches. Knows nothing about where prompts come from. */
import type { Message, RlDataset } from '@tinsmith/core';
import { pairwiseGroup, type PairwiseGroupOptions } from '@tinsmith/training';

export interface PairwiseDatasetOptions extends Omit<PairwiseGroupOptions, 'prompt' | 'tags'> {
  readonly batchSize: number;
  /** How many prompts there are. */
  readonly length: number;
  /** Those from `start` on, in their order: up to `count`, fewer where a row gave none. */
  readonly promptsAt: (start: number, count: number) => Promise<readonly (readonly Message[])[]>;
}

/** Prompts that do not fill a batch are left out, as in the reference. */
export function pairwiseDataset({
  batchSize,
  length,
  promptsAt,
  ...group
}: PairwiseDatasetOptions): RlDataset {
  return {
    length: Math.floor(length / batchSize),
    async getBatch(index) {
      const prompts = await promptsAt(index * batchSize, batchSize);
      return prompts.map(prompt => pairwiseGroup({ ...group, prompt, tags: ['pair_pref'] }));
    },
  };
}
