/**
 * What the modes of `trainRl` share: what a run of reinforcement learning has open, and what it does before and after each
 * step. The modes themselves say in which order rollouts and updates happen.
 */
import type { Engine, RlDataset, Run, TrainingClient } from '@tinsmith/core';
import type { EvaluationRound } from '../evaluation/index.js';
import { RolloutLog } from '../record/rollout-log.js';
import { openTraining, stepsToRun } from '../open-training.js';
import type { RlLoopOptions } from '../options.js';
import { ProgressSaver } from '../save-progress.js';
import { StallWatch } from '../stall-watch.js';
import { ContrastWatch } from './contrast-watch.js';
import { GroupSampler } from './group-sampler.js';
import { centredAdvantages, type MakeTrainingData, openReference } from './training-data.js';

export interface RlParts {
  readonly engine: Engine;
  readonly train: RlDataset;
  /** Evaluated as a whole every `evalEvery` steps; none: no evaluation. Groups of one will do: only means count. */
  readonly test?: RlDataset | undefined;
  /** Asked before every step, on the weights before it; says itself whether something is due. */
  readonly evaluate?: EvaluationRound | undefined;
  /**
   * How rollouts become training data. Default: rewards centred within each group as advantages, less the KL penalty if there
   * is one: `centredAdvantages`.
   */
  readonly toData?: MakeTrainingData | undefined;
  /** False: `toData` does not need rewards that differ, and equal ones are nothing to warn about. Default true. */
  readonly areRewardsCompared?: boolean | undefined;
  /** The recipe's option that says how many groups a step has, for messages. Default `batchSize`. */
  readonly batchOption?: string | undefined;
}

export interface RlSession {
  readonly run: Run;
  readonly options: RlLoopOptions;
  readonly train: RlDataset;
  readonly test: RlDataset | undefined;
  readonly evaluate: EvaluationRound | undefined;
  readonly training: TrainingClient;
  readonly toData: MakeTrainingData;
  readonly sampler: GroupSampler;
  /** None where what is learnt does not come from rewards. */
  readonly contrast: ContrastWatch | undefined;
  readonly rollouts: RolloutLog;
  /** The first step to run, and the one after the last. */
  readonly start: number;
  readonly end: number;
  /** Counts updates of the weights over all attempts. */
  readonly policy: { version: number };
  /** The first checkpoint of a new run, before it has learnt anything. */
  readonly saveInitial: () => Promise<void>;
  /** Call it after each step. False: the run was asked to stop, and has saved. */
  readonly saveAfter: (step: number, goOn: boolean) => Promise<boolean>;
  readonly finish: () => Promise<void>;
}

/** Opens what a run needs, lets `body` train, and closes it again. A run that is complete already is left alone. */
export async function withSession(
  run: Run,
  options: RlLoopOptions,
  parts: RlParts,
  body: (session: RlSession) => Promise<void>,
): Promise<void> {
  const { engine, train, test, evaluate } = parts;
  const { last } = run.checkpoints;
  const steps = stepsToRun(run, train.length, {
    maxSteps: options.maxSteps,
    batchOption: parts.batchOption,
  });
  if (!steps) return;
  const { start, end } = steps;
  const training = await openTraining(engine, run, options);
  const saver = new ProgressSaver(run, training, options, engine.checkpoints);
  const policy = { version: Number(last?.['policy_version'] ?? 0) };
  const finish = () => saver.finish(end, { policy_version: policy.version });
  if (start === end) return finish();
  const toData = parts.toData ?? centredAdvantages(options, await openReference(engine, options));
  const rollouts = await RolloutLog.open(run, { isOn: options.rolloutJsonExport, nextStep: start });
  const log = (line: string) => run.log(line);
  using stall = new StallWatch({ log, seconds: options.stallSeconds });

  await body({
    run,
    options,
    train,
    test,
    evaluate,
    training,
    toData,
    sampler: new GroupSampler(run, options, stall.watch),
    contrast: parts.areRewardsCompared === false ? undefined : new ContrastWatch(log),
    rollouts,
    start,
    end,
    policy,
    saveInitial: async () => (last ? undefined : saver.save(start, ['periodic'], { policy_version: 0 })),
    async saveAfter(step, goOn) {
      const batch = step + 1; // the next one to run
      const isStopped = !goOn && batch < end;
      const due = saver.due(batch);
      await saver.save(batch, isStopped ? ['periodic'] : due, { policy_version: policy.version });
      return !isStopped;
    },
    finish,
  });
}
