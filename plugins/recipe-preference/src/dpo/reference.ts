/**
 * What the policy is compared with: a snapshot of its starting weights, saved by name, so that a run that goes on finds the same one.
 * In the Cookbook a resumed run compares itself with the weights that it was resumed from.
 */
import {
  type Engine,
  messageOf,
  type Run,
  type SamplingClient,
  TinsmithError,
  type TrainingClient,
} from '@tinsmith/core';

export interface Reference {
  readonly model: SamplingClient;
  /** To be kept in each row of the run's checkpoints. */
  readonly progress: { readonly reference_path: string };
}

/** @throws DPO_REFERENCE_MISSING if the snapshot of a run that goes on cannot be opened */
export async function openReference(
  engine: Engine,
  training: TrainingClient,
  { last }: Run['checkpoints'],
): Promise<Reference> {
  if (!last) {
    // Kept for good: it must outlive every checkpoint. An attempt that died before its first checkpoint has left the same weights.
    const { path } = await training.saveWeightsForSampler('reference', { overwrite: true });
    return {
      model: await engine.createSamplingClient({ modelPath: path }),
      progress: { reference_path: path },
    };
  }
  const path = last['reference_path'];
  const model =
    typeof path === 'string'
      ? await engine.createSamplingClient({ modelPath: path }).catch((cause: unknown) => missing(path, cause))
      : missing(undefined);
  return { model, progress: { reference_path: String(path) } };
}

function missing(path: string | undefined, cause?: unknown): never {
  throw new TinsmithError({
    code: 'DPO_REFERENCE_MISSING',
    message: 'the run cannot go on: the weights that it began with, and is compared with, are not there',
    at: path ?? 'checkpoints.jsonl',
    found: cause === undefined ? 'no reference_path in the last checkpoint' : messageOf(cause),
    fix: 'bring the snapshot back, or start a new run from the last checkpoint: recipe.with.loadCheckpointPath=STATE_PATH',
    cause,
  });
}
