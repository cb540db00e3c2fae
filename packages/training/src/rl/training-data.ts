/** From the rollouts of a step to what is trained on: the recipe's own way, or rewards centred within each group. */
import {
  DataAssembled,
  type Datum,
  type Engine,
  type Metrics,
  RolloutsGraded,
  type Run,
  type SamplingClient,
  type TrajectoryGroup,
} from '@tinsmith/core';
import { computeAdvantages, removeConstantGroups } from '../advantages.js';
import { assembleTrainingData } from '../data.js';
import { addKlPenalty, scoreTargets } from '../kl.js';
import type { RlLoopOptions } from '../options.js';
import type { RlSession } from './session.js';

export interface StepData {
  readonly data: readonly Datum[];
  readonly metrics?: Metrics;
}

/**
 * A step's groups, at least one, to training data with `mask`, `logprobs` and `advantages` per token (see `assembleTrainingData`).
 * A group knows its `builder`, and with it the problem that it was sampled for. In the stream mode it is called for each part
 * of a batch; its metrics are averaged then.
 */
export type MakeTrainingData = (
  groups: readonly TrajectoryGroup[],
  context: { readonly run: Run; readonly step: number },
) => Promise<StepData>;

/** Total rewards less the mean of their group; with a reference model, less the KL penalty. */
export function centredAdvantages(
  {
    klPenaltyCoef: coefficient,
    klDiscountFactor: discount,
  }: Pick<RlLoopOptions, 'klPenaltyCoef' | 'klDiscountFactor'>,
  reference: SamplingClient | undefined,
): MakeTrainingData {
  return async (groups, { run }) => {
    const { data } = assembleTrainingData(groups, computeAdvantages(groups));
    if (!reference || !data.some(hasAction)) return { data };
    return run.span('kl_vs_base', async () =>
      addKlPenalty(data, await scoreTargets(reference, data), { coefficient, discount }),
    );
  };
}

/** The model that a KL penalty is measured against; undefined without a penalty. */
export async function openReference(
  engine: Engine,
  { modelName, klPenaltyCoef, klReferenceConfig = { baseModel: modelName } }: RlLoopOptions,
): Promise<SamplingClient | undefined> {
  if (klPenaltyCoef === 0) return undefined;
  const { baseModel, loadCheckpointPath: modelPath } = klReferenceConfig;
  return engine.createSamplingClient(modelPath === undefined ? { baseModel } : { modelPath });
}

/** Rewards as plugins see and change them. */
export const graded = ({ run }: RlSession, groups: readonly TrajectoryGroup[], step: number) =>
  run.hooks.transform(RolloutsGraded, groups, { step });

/** Without what nothing was sampled in; nothing at all is possible. */
export async function trainingData(
  { run, options, toData }: RlSession,
  groups: readonly TrajectoryGroup[],
  step: number,
): Promise<Required<StepData>> {
  const kept = options.removeConstantRewardGroups ? removeConstantGroups(groups) : groups;
  const { data, metrics = {} } = await toData(kept, { run, step });
  const assembled = data.filter(hasAction);
  return { data: await run.hooks.transform(DataAssembled, assembled, { step }), metrics };
}

/** Data that a recipe makes without a mask is taken as it is. */
const hasAction = ({ lossFnInputs: { mask } }: Datum) =>
  !mask || Array.prototype.some.call(mask.data, (value: number) => value > 0);
