/** One update of the policy from assembled data. Knows nothing about where the data comes from. */
import {
  type Datum,
  type ForwardBackwardOutput,
  type LossFn,
  type LossFnConfig,
  type Metrics,
  type OptimStepOutput,
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
 * @throws TRAINING_DATA_EMPTY without data, and as `submitPass`
 */
export async function trainStep(
  training: TrainingClient,
  data: readonly Datum[],
  options: TrainStepOptions,
): Promise<TrainStepResult> {
  if (data.length === 0) {
    throw new TinsmithError({
      code: 'TRAINING_DATA_EMPTY',
      message: 'there is nothing to train on in this step',
      fix: 'look at what the plugins that change rollouts or training data leave over',
    });
  }
  data.forEach(checkFinite); // all of it, before the first part is submitted
  const parts = splitList(data, Math.min(options.numSubsteps ?? 1, data.length));
  const submitted = parts.map(part => ({
    pass: submitPass(training, part, options),
    update: submitUpdate(training, options),
  }));
  return collectUpdate(
    submitted.map(({ pass }) => pass),
    submitted.map(({ update }) => update),
  );
}

/**
 * One `forwardBackward`, without the `mask` of each datum.
 * @throws TRAINING_DATA_NOT_FINITE for a NaN or an infinity in a tensor: one such number would spoil all weights
 */
export function submitPass(
  training: TrainingClient,
  data: readonly Datum[],
  { lossFn, lossFnConfig }: Pick<TrainStepOptions, 'lossFn' | 'lossFnConfig'>,
): Promise<ForwardBackwardOutput> {
  data.forEach(checkFinite);
  return heardLater(training.forwardBackward(data.map(withoutMask), lossFn, lossFnConfig));
}

export function submitUpdate(
  training: TrainingClient,
  { learningRate }: Pick<TrainStepOptions, 'learningRate'>,
): Promise<OptimStepOutput> {
  return heardLater(training.optimStep({ learningRate, ...ADAM }));
}

/** The results of at least one pass and one update that have been submitted. */
export async function collectUpdate(
  passes: readonly Promise<ForwardBackwardOutput>[],
  updates: readonly Promise<OptimStepOutput>[],
): Promise<TrainStepResult> {
  const [outputs, optimised] = await Promise.all([Promise.all(passes), Promise.all(updates)]);
  return {
    trainingLogprobs: outputs.flatMap(pass => pass.lossFnOutputs.map(one => one['logprobs']!.data)),
    metrics: {
      ...outputs.at(-1)!.metrics,
      ...optimised.at(-1)!.metrics,
      'loss:sum': outputs.reduce((sum, { metrics }) => sum + metrics['loss:sum']!, 0),
    },
  };
}

/** A failure is heard when the answer is awaited, which an earlier failure can prevent. */
function heardLater<T>(answer: Promise<T>): Promise<T> {
  answer.catch(() => {});
  return answer;
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
