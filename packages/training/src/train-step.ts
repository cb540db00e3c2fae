/** One update of the policy from assembled data. Knows nothing about where the data comes from. */
import {
  type Datum,
  type LossFn,
  type LossFnConfig,
  type Metrics,
  TinsmithError,
  type TrainingClient,
} from '@tinsmith/core';

export interface TrainStepOptions {
  readonly learningRate: number;
  readonly lossFn: LossFn;
  readonly lossFnConfig?: LossFnConfig | undefined;
  /**
   * Optimiser steps that the data is divided among; default 1. More than one goes off-policy: use a clipped
   * loss.
   */
  readonly numSubsteps?: number;
}

export interface TrainStepResult {
  /** Of the targets under the weights that each datum met, one list per datum, in order. */
  readonly trainingLogprobs: readonly ArrayLike<number>[];
  /** `loss:sum` over all substeps; metrics of the optimiser from the last one. */
  readonly metrics: Metrics;
}

/** The Cookbook's values. They are given explicitly because the API's own default for eps is 1e-12. */
export const ADAM = { beta1: 0.9, beta2: 0.95, eps: 1e-8 };

/**
 * Per substep one `forwardBackward` and one `optimStep`, all submitted before any is awaited: engines keep
 * the order of calls, so nobody waits for a round trip. `mask` is taken off each datum.
 *
 * Throws TRAINING_DATA_EMPTY without data, TRAINING_DATA_NOT_FINITE for a NaN or an infinity in a tensor: one
 * such number would spoil all weights.
 */
export async function trainStep(
  training: TrainingClient,
  data: readonly Datum[],
  { learningRate, lossFn, lossFnConfig, numSubsteps = 1 }: TrainStepOptions,
): Promise<TrainStepResult> {
  if (data.length === 0) {
    throw new TinsmithError({
      code: 'TRAINING_DATA_EMPTY',
      message: 'there is nothing to train on in this step',
      fix: 'look at what the plugins that change rollouts or training data leave over',
    });
  }
  data.forEach(checkFinite);

  const parts = splitList(data.map(withoutMask), Math.min(numSubsteps, data.length));
  const submitted = parts.map(part => ({
    pass: training.forwardBackward(part, lossFn, lossFnConfig),
    update: training.optimStep({ learningRate, ...ADAM }),
  }));
  const [passes, updates] = await Promise.all([
    Promise.all(submitted.map(({ pass }) => pass)),
    Promise.all(submitted.map(({ update }) => update)),
  ]);

  return {
    trainingLogprobs: passes.flatMap(pass => pass.lossFnOutputs.map(outputs => outputs['logprobs']!.data)),
    metrics: {
      ...passes.at(-1)!.metrics,
      ...updates.at(-1)!.metrics,
      'loss:sum': passes.reduce((sum, { metrics }) => sum + metrics['loss:sum']!, 0),
    },
  };
}

/**
 * Cuts a list into contiguous parts whose lengths differ by at most one. The edges are numpy's
 * `linspace(0, length, parts + 1)` rounded down, so 5 items in 2 parts are 2 and 3.
 *
 * Throws a RangeError for fewer items than parts.
 */
export function splitList<T>(items: readonly T[], parts: number): T[][] {
  if (!(parts >= 1 && parts <= items.length)) {
    throw new RangeError(`cannot split ${items.length} items into ${parts} parts`);
  }
  const width = items.length / parts;
  const edge = (part: number) => (part === parts ? items.length : Math.trunc(part * width));
  return Array.from({ length: parts }, (_, part) => items.slice(edge(part), edge(part + 1)));
}

function withoutMask({ modelInput, lossFnInputs }: Datum): Datum {
  const { mask: _, ...sent } = lossFnInputs;
  return { modelInput, lossFnInputs: sent };
}

function checkFinite({ lossFnInputs }: Datum, index: number): void {
  for (const [name, { data }] of Object.entries(lossFnInputs)) {
    const position = Array.prototype.findIndex.call(data, (value: number) => !Number.isFinite(value));
    if (position < 0) continue;
    throw new TinsmithError({
      code: 'TRAINING_DATA_NOT_FINITE',
      message: 'the training data holds a number that is not finite',
      at: `datum ${index}, ${name}[${position}]`,
      found: String(data[position]),
      fix: name === 'advantages' ? 'look for a reward that is NaN or infinite' : undefined,
    });
  }
}
