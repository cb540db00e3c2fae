/** When an episode is over besides what its environment says (cookbook-algorithms, section 4). */
import { inputLength, type Observation, type SampledSequence } from '@tinsmith/core';

/** Each absent: no limit. Those that end an episode keep what it has earned so far; nothing is graded then. */
export interface RolloutLimits {
  readonly maxTurns?: number | undefined;
  /** Observed and sampled together, at the end of a turn. */
  readonly maxTrajectoryTokens?: number | undefined;
  readonly maxSampledTokens?: number | undefined;
  /** Of one turn. A turn that is cut off does not end the episode by itself. */
  readonly maxTurnTokens?: number | undefined;
  /** Looked at between turns. */
  readonly rolloutTimeoutSeconds?: number | undefined;
  /** The longest wait for the engine or the environment in one turn. Beyond it the rollout fails: ROLLOUT_TIMEOUT. */
  readonly turnTimeoutSeconds?: number | undefined;
}

/** What is left of the limits of one episode. */
export class RolloutBudget {
  readonly #limits: RolloutLimits;
  readonly #started = performance.now();
  #turns = 0;
  #sampled = 0;
  #truncations = 0;

  constructor(limits: RolloutLimits = {}) {
    this.#limits = limits;
  }

  /** Turns that were cut off, and after which the episode went on. */
  get truncations(): number {
    return this.#truncations;
  }

  /** Why no turn can follow on the observation; undefined if one can. One token is too few for an answer. */
  ends(observation: Observation): string | undefined {
    const { rolloutTimeoutSeconds = Infinity, maxTurns = Infinity } = this.#limits;
    if ((performance.now() - this.#started) / 1000 >= rolloutTimeoutSeconds) return 'rollout_timeout';
    if (this.#turns >= maxTurns) return 'max_turns';
    if (this.#trajectoryRoom(observation) <= 1) return 'max_tokens';
    if (this.#sampledRoom() <= 1) return 'max_sampled_tokens';
    return undefined;
  }

  /** The most tokens of the turn that follows on the observation. */
  turnTokens(observation: Observation, maxTokens: number): number {
    const { maxTurnTokens = Infinity } = this.#limits;
    const { maxTokens: ofEnvironment = Infinity } = observation;
    return Math.min(
      maxTokens,
      ofEnvironment,
      maxTurnTokens,
      this.#trajectoryRoom(observation),
      this.#sampledRoom(),
    );
  }

  /** Counts a turn after which the episode goes on. */
  took({ tokens, stopReason }: SampledSequence): void {
    this.#turns++;
    this.#sampled += tokens.length;
    if (stopReason === 'length') this.#truncations++;
  }

  #trajectoryRoom({ input }: Observation): number {
    const { maxTrajectoryTokens } = this.#limits;
    return maxTrajectoryTokens === undefined ? Infinity : maxTrajectoryTokens - inputLength(input);
  }

  #sampledRoom(): number {
    return (this.#limits.maxSampledTokens ?? Infinity) - this.#sampled;
  }
}
