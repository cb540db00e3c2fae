/**
 * The off-policy mode: sampling goes on while the policy is trained. A group may have been begun with weights that are up to
 * `maxStepsOffPolicy` steps old when it is trained on; an older one is thrown away and its problem sampled anew.
 *
 * Which weights sample which group depends on what is faster, so a seed does not repeat such a run bit for bit.
 */
import type { EnvGroupBuilder, RlDataset, TrajectoryGroup } from '@tinsmith/core';
import { isConstant, totalRewards } from '../advantages.js';
import { samplingMetrics } from '../metrics.js';
import { staleness } from '../schedules.js';
import { trainStep } from '../train-step.js';
import { evaluateIfDue } from './evaluate.js';
import type { PolicySnapshot } from './group-sampler.js';
import type { RlSession } from './session.js';
import { learnt, lookAt, stepMetrics } from './step-metrics.js';
import { graded, trainingData } from './training-data.js';

export async function trainOffPolicy(session: RlSession): Promise<void> {
  const { run, options, training, start, end } = session;
  await session.saveInitial();
  const first = { client: await training.saveWeightsAndGetSamplingClient(), step: start };
  using workers = new RolloutWorkers(session, first);

  for (let step = start; step < end; step++) {
    let isOver = false;
    const goOn = await run.step(step, async () => {
      const evaluation = await evaluateIfDue(session, workers.policy, step); // meanwhile, the workers sample
      const sampled = await run.span('sampling', () => workers.take(step));
      isOver = workers.isOver;
      const groups = await graded(session, sampled, step);
      const before = { ...stepMetrics(session), 'training_client/step': step, ...evaluation };
      if (groups.length === 0) return before;

      const { data, metrics } = await trainingData(session, groups, step);
      const rolledOut = {
        ...before,
        ...samplingMetrics(groups),
        ...(await lookAt(session, groups, step)),
        ...metrics,
      };
      if (data.length === 0) return rolledOut;
      const update = await run.span('train', () => trainStep(training, data, options));
      workers.policy = { client: await training.saveWeightsAndGetSamplingClient(), step: step + 1 };
      return { ...rolledOut, ...(await learnt(session, data, update)) };
    });
    if (!(await session.saveAfter(step, goOn))) return;
    if (isOver && step + 1 < end) {
      run.log(`the data ended after ${step + 1} of ${end} steps: some groups failed or became too old`);
      break;
    }
  }
  await session.finish();
}

interface Job {
  readonly builder: EnvGroupBuilder;
  /** Place in the data, and how often it has been sampled before. */
  readonly batch: number;
  readonly index: number;
  readonly attempt: number;
}

interface Done {
  readonly job: Job;
  readonly group: TrajectoryGroup;
}

/** As many groups at the same time as a batch has. They wait when more would only become too old. */
class RolloutWorkers implements Disposable {
  /** Whose samples groups begin with from now on. */
  policy: PolicySnapshot;
  readonly #session: RlSession;
  readonly #jobs: AsyncGenerator<Job>;
  readonly #again: Job[] = [];
  readonly #done: Done[] = [];
  readonly #end = new AbortController();
  readonly #signal: AbortSignal;
  #size = 0;
  #running = 0;
  #isLoaded = false;
  #areWorkersDone = false;
  #failure: { readonly error: unknown } | undefined;
  #changed = Promise.withResolvers<void>();

  constructor(session: RlSession, policy: PolicySnapshot) {
    this.#session = session;
    this.policy = policy;
    this.#signal = AbortSignal.any([session.run.signal, this.#end.signal]);
    this.#jobs = jobsOf(session);
    void this.#workAll(); // it never rejects
  }

  /** Nothing more will come. */
  get isOver(): boolean {
    return this.#areWorkersDone && this.#done.length === 0;
  }

  /** The groups for a step: a batch of them, fewer at the end of the data. */
  async take(step: number): Promise<TrajectoryGroup[]> {
    const taken: TrajectoryGroup[] = [];
    for (;;) {
      if (this.#failure) throw this.#failure.error;
      this.#session.run.signal.throwIfAborted();
      while (this.#done.length > 0 && taken.length < this.#size) {
        const { job, group } = this.#done.shift()!;
        const verdict = staleness({
          trainerStep: step,
          samplerStep: group.policyStep!,
          maxStepsOffPolicy: this.#session.options.maxStepsOffPolicy!,
          isLoaderFinished: this.#isLoaded,
        });
        if (verdict === 'use') taken.push(group);
        else if (verdict === 'requeue') this.#again.push({ ...job, attempt: job.attempt + 1 });
        this.#signalChange();
      }
      const isBatch = this.#size > 0 && taken.length >= this.#size;
      if (isBatch || this.isOver) return taken;
      await this.#changed.promise;
    }
  }

  /** Ends what is still running, and does not wait for it: an environment may hang. */
  [Symbol.dispose](): void {
    this.#end.abort(new Error('the run has ended'));
    this.#signalChange();
  }

  async #workAll(): Promise<void> {
    const { train, start } = this.#session;
    try {
      this.#size = (await train.getBatch(start)).length;
      await Promise.all(Array.from({ length: this.#size }, () => this.#work()));
    } catch (error) {
      this.#failure ??= { error };
      this.#end.abort(error); // what the others sample is of no use any more
    }
    this.#areWorkersDone = true;
    this.#signalChange();
  }

  async #work(): Promise<void> {
    for (let job = await this.#next(); job; job = await this.#next()) {
      const { builder, batch, index, attempt } = job;
      this.#running++;
      try {
        const group = await this.#session.sampler.one(builder, this.policy, {
          seedParts: [batch, index, attempt],
          name: `group ${index} of batch ${batch}`,
          signal: this.#signal,
        });
        if (group && !isDropped(group, this.#session)) this.#done.push({ job, group });
      } finally {
        this.#running--;
        this.#signalChange();
      }
    }
  }

  /** Undefined at the end. */
  async #next(): Promise<Job | undefined> {
    const ahead = () => this.#running + this.#done.length;
    const most = this.#size * (this.#session.options.maxStepsOffPolicy! + 1);
    while (ahead() >= most && !this.#signal.aborted) await this.#changed.promise;
    if (this.#signal.aborted) return undefined;
    const again = this.#again.shift();
    if (again) return again;
    const { value, done } = await this.#jobs.next();
    if (!done) return value;
    this.#isLoaded = true;
    return this.#again.shift();
  }

  #signalChange(): void {
    this.#changed.resolve();
    this.#changed = Promise.withResolvers();
  }
}

/** Every group of every batch from where the run begins. */
async function* jobsOf({ train, start, end }: { train: RlDataset; start: number; end: number }) {
  for (let batch = start; batch < end; batch++) {
    const builders = await train.getBatch(batch);
    for (const [index, builder] of builders.entries()) yield { builder, batch, index, attempt: 0 };
  }
}

/** Groups without a contrast do not fill a batch here, if they are not to be trained on. */
const isDropped = (group: TrajectoryGroup, { options }: RlSession) =>
  options.removeConstantRewardGroups && isConstant(totalRewards(group));
