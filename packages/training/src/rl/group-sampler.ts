/** Groups of rollouts as a run samples them: seeded by their place, failures counted, one that cannot be had left out. */
import type { EnvGroupBuilder, Run, SamplingClient, TrajectoryGroup } from '@tinsmith/core';
import type { RlLoopOptions } from '../options.js';
import { rollOutGroup } from '../rollout.js';
import { errorPolicyOf, RolloutErrorCounter } from '../rollout-errors.js';
import { mixSeed } from '../seed.js';
import type { Watch } from '../stall-watch.js';

export interface PolicySnapshot {
  readonly client: SamplingClient;
  /** How many steps it has been trained for. */
  readonly step: number;
}

export interface SampleOptions {
  /** What is sampled follows from these alone, e.g. step and place in the batch. */
  readonly seedParts: readonly number[];
  /** For people: `group 3`. */
  readonly name: string;
  /** Ends the rollouts; default: the run's. */
  readonly signal?: AbortSignal;
}

export class GroupSampler {
  readonly errors = new RolloutErrorCounter();
  readonly #run: Run;
  readonly #options: RlLoopOptions;
  readonly #watch: Watch;

  constructor(run: Run, options: RlLoopOptions, watch: Watch) {
    this.#run = run;
    this.#options = options;
    this.#watch = watch;
  }

  /** The same rollouts for another purpose, with its own count of failures. */
  with(changed: Partial<RlLoopOptions>): GroupSampler {
    return new GroupSampler(this.#run, { ...this.#options, ...changed }, this.#watch);
  }

  /** Undefined for a group that cannot be had, unless failures end the run. */
  async one(
    builder: EnvGroupBuilder,
    { client, step: policyStep }: PolicySnapshot,
    { seedParts, name, signal = this.#run.signal }: SampleOptions,
  ): Promise<TrajectoryGroup | undefined> {
    const { maxTokens, temperature, rolloutErrorTolerance, rolloutLimits: limits } = this.#options;
    const errorPolicy = errorPolicyOf(rolloutErrorTolerance);
    const seed = mixSeed(this.#run.seed, ...seedParts);
    const watch: Watch = what => this.#watch(() => `${name}: ${what()}`);
    const own = { maxTokens, temperature, seed, signal, errorPolicy, limits, watch };
    const started = performance.now();
    try {
      const { rolloutErrors, ...group } = await rollOutGroup(builder, client, own);
      this.errors.add(rolloutErrors);
      return { ...group, policyStep, seconds: (performance.now() - started) / 1000 };
    } catch (error) {
      if (errorPolicy.kind === 'fail_fast' || signal.aborted) throw error;
      this.errors.add([], { isSkipped: true });
      this.#run.log(`${name} is left out: ${String(error)}`);
      return undefined;
    }
  }

  /** All groups of a step at the same time, in their order. */
  async all(
    builders: readonly EnvGroupBuilder[],
    policy: PolicySnapshot,
    seedParts: readonly number[],
  ): Promise<TrajectoryGroup[]> {
    const groups = await Promise.all(
      builders.map((builder, index) =>
        this.one(builder, policy, { seedParts: [...seedParts, index], name: `group ${index}` }),
      ),
    );
    return groups.flatMap(group => (group ? [group] : []));
  }
}
