/** Says so when there has been nothing to learn from for a while. */
import type { TrajectoryGroup } from '@tinsmith/core';
import { isConstant, totalRewards } from '../advantages.js';

const STEPS_WITHOUT_CONTRAST = 10;

export class ContrastWatch {
  readonly #log: (line: string) => void;
  #stepsWithout = 0;

  constructor(log: (line: string) => void) {
    this.#log = log;
  }

  /** Of one step. The line comes once each time that it lasts so long. */
  look(groups: readonly TrajectoryGroup[]): void {
    this.#stepsWithout = groups.every(group => isConstant(totalRewards(group))) ? this.#stepsWithout + 1 : 0;
    if (this.#stepsWithout !== STEPS_WITHOUT_CONTRAST) return;
    const alone = groups.every(({ trajectories }) => trajectories.length < 2);
    this.#log(
      alone
        ? `no group has had more than one rollout for ${this.#stepsWithout} steps: there is nothing to compare it with, and nothing is learnt. Take a groupSize of 2 or more.`
        : `all rewards of each group were equal for ${this.#stepsWithout} steps: nothing is learnt. ` +
            'Look at rollouts; try easier problems, larger groups or a higher temperature.',
    );
  }
}
