/**
 * On-policy reinforcement learning, from the first step to the last checkpoint: policy gradient with rewards centred
 * within each group. It is GRPO without the division by the standard deviation and, unless `lossFn` has one,
 * without a ratio clip (cookbook-algorithms, section 13, the synchronous mode). It leaves out the stream and the
 * off-policy modes.
 */
import {
  DataAssembled,
  type Engine,
  type EnvGroupBuilder,
  type Metrics,
  type RlDataset,
  RolloutsGraded,
  type Run,
  type SamplingClient,
  type TrajectoryGroup,
} from '@tinsmith/core';
import { computeAdvantages, isConstant, removeConstantGroups, totalRewards } from './advantages.js';
import { isEvery } from './cadence.js';
import { assembleTrainingData } from './data.js';
import { addKlPenalty, klPrePost, klSampleTrain, scoreTargets } from './kl.js';
import { trajectoryMetrics } from './metrics.js';
import { openTraining } from './open-training.js';
import type { RlLoopOptions } from './options.js';
import { rollOutGroup } from './rollout.js';
import { RolloutErrorCounter, type RolloutErrorPolicy } from './rollout-errors.js';
import { ProgressSaver } from './save-progress.js';
import { mixSeed } from './seed.js';
import { trainStep } from './train-step.js';

export interface RlParts {
  readonly engine: Engine;
  readonly train: RlDataset;
  /** Evaluated as a whole every `evalEvery` steps; none: no evaluation. */
  readonly test?: RlDataset | undefined;
}

export async function trainRl(
  run: Run,
  options: RlLoopOptions,
  { engine, train, test }: RlParts,
): Promise<void> {
  const { learningRate, klPenaltyCoef: coefficient, klDiscountFactor: discount } = options;
  const start = run.checkpoints.last?.batch ?? 0;
  const end = Math.min(train.length, options.maxSteps ?? Infinity);
  if (start >= end) return run.log(`already complete: ${start} of ${end} steps are done`);
  run.plan(end);
  const training = await openTraining(engine, run, options);
  const reference = coefficient > 0 ? await openReference(engine, options) : undefined;
  const saver = new ProgressSaver(run, training, options);
  const errors = new RolloutErrorCounter();
  const contrast = new ContrastWatch(line => run.log(line));

  for (let step = start; step < end; step++) {
    const goOn = await run.step(step, async () => {
      // A new one each step: an old one keeps its old weights.
      const policy = await training.saveWeightsAndGetSamplingClient();
      const evaluation =
        test && isEvery(options.evalEvery, step)
          ? await run.span('run_evals', () => evaluateRl(run, test, policy, { options, step }))
          : {};

      const problems = await run.span('get_batch', async () => train.getBatch(step));
      const sampled = await run.span('sampling', () =>
        rollOutBatch(run, problems, policy, { options, seedParts: [run.seed, step], errors }),
      );
      const groups = await run.hooks.transform(RolloutsGraded, sampled, { step });
      const before = { 'optim/lr': learningRate, ...evaluation, ...errors.metrics() };
      if (groups.length === 0) return before; // every group failed: there is nothing to learn from

      contrast.look(groups);
      const kept = options.removeConstantRewardGroups ? removeConstantGroups(groups) : groups;
      const assembled = assembleTrainingData(kept, computeAdvantages(kept));
      const penalised = reference
        ? await run.span('kl_vs_base', async () => {
            const logprobs = await scoreTargets(reference, assembled.data);
            return addKlPenalty(assembled.data, logprobs, { coefficient, discount });
          })
        : { data: assembled.data, metrics: {} };
      const data = await run.hooks.transform(DataAssembled, penalised.data, { step });

      const update = await run.span('train', () => trainStep(training, data, options));
      const postKl = options.computePostKl
        ? await run.span('compute_post_kl', async () => {
            const updated = await training.saveWeightsAndGetSamplingClient();
            return klPrePost(data, await scoreTargets(updated, data));
          })
        : {};
      return {
        ...before,
        ...trajectoryMetrics(groups),
        ...penalised.metrics,
        ...klSampleTrain(data, update.trainingLogprobs),
        ...update.metrics,
        ...postKl,
      };
    });

    const batch = step + 1; // the next one to run
    const isStopped = !goOn && batch < end;
    const due = saver.due(batch);
    await saver.save(batch, isStopped ? ['periodic'] : due);
    if (isStopped) return;
  }
  await saver.finish(end);
}

/** Says so, once, when there has been nothing to learn from for a while. */
class ContrastWatch {
  readonly #log: (line: string) => void;
  #stepsWithout = 0;

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  look(groups: readonly TrajectoryGroup[]): void {
    this.#stepsWithout = groups.every(group => isConstant(totalRewards(group))) ? this.#stepsWithout + 1 : 0;
    if (this.#stepsWithout !== STEPS_WITHOUT_CONTRAST) return;
    this.#log(
      `all rewards of each group were equal for ${this.#stepsWithout} steps: nothing is learnt. ` +
        'Look at rollouts; try easier problems, larger groups or a higher temperature.',
    );
  }
}

const STEPS_WITHOUT_CONTRAST = 10;

async function openReference(
  engine: Engine,
  { modelName, klReferenceConfig = { baseModel: modelName } }: RlLoopOptions,
): Promise<SamplingClient> {
  const { baseModel, loadCheckpointPath: modelPath } = klReferenceConfig;
  return engine.createSamplingClient(modelPath === undefined ? { baseModel } : { modelPath });
}

interface BatchRollout {
  readonly options: RlLoopOptions;
  /** With the index of a group, all that is sampled follows from them. */
  readonly seedParts: readonly number[];
  readonly errors: RolloutErrorCounter;
}

/** All groups at the same time. One that cannot be had is left out, unless failures end the run. */
async function rollOutBatch(
  run: Run,
  problems: readonly EnvGroupBuilder[],
  policy: SamplingClient,
  { options: { maxTokens, temperature, rolloutErrorTolerance }, seedParts, errors }: BatchRollout,
): Promise<TrajectoryGroup[]> {
  const errorPolicy = errorPolicyOf(rolloutErrorTolerance);
  const groups = await Promise.all(
    problems.map(async (problem, index) => {
      const seed = mixSeed(...seedParts, index);
      const own = { maxTokens, temperature, seed, signal: run.signal, errorPolicy };
      try {
        const { rolloutErrors, ...group } = await rollOutGroup(problem, policy, own);
        errors.add(rolloutErrors);
        return [group];
      } catch (error) {
        if (errorPolicy.kind === 'fail_fast' || run.signal.aborted) throw error;
        errors.add([], { isSkipped: true });
        run.log(`group ${index} is left out: ${String(error)}`);
        return [];
      }
    }),
  );
  return groups.flat();
}

/** Every problem of the test set, as in training but at temperature 1: `test/env/all/...`. */
async function evaluateRl(
  run: Run,
  test: RlDataset,
  policy: SamplingClient,
  { options, step }: { readonly options: RlLoopOptions; readonly step: number },
): Promise<Metrics> {
  const indices = Array.from({ length: test.length }, (_, index) => index);
  const problems = (await Promise.all(indices.map(async index => test.getBatch(index)))).flat();
  const groups = await rollOutBatch(run, problems, policy, {
    options: { ...options, temperature: 1 },
    seedParts: [run.seed, step, TEST_SEED],
    errors: new RolloutErrorCounter(), // those of training are counted apart
  });
  return Object.fromEntries(
    Object.entries(trajectoryMetrics(groups)).map(([key, value]) => [`test/${key}`, value]),
  );
}

/** Keeps the samples of the test set apart from those of training. */
const TEST_SEED = 1;

function errorPolicyOf(tolerance: RlLoopOptions['rolloutErrorTolerance']): RolloutErrorPolicy {
  if (typeof tolerance === 'object') return tolerance;
  return { kind: tolerance ? 'retry' : 'fail_fast' };
}
