/** A budget over the life of a run: kept in its folder, asked after each step. Says nothing while the engine is not used. */
import { type StepEndEvent, TinsmithError } from '@tinsmith/core';
import type { Budget } from './budget.js';
import { readUsage, writeUsage } from './usage-file.js';

export class RunBudget {
  readonly #budget: Budget;
  #folder: string | undefined;

  constructor(budget: Budget) {
    this.#budget = budget;
  }

  async started(runFolder: string): Promise<void> {
    this.#folder = runFolder;
    const earlier = await readUsage(runFolder);
    if (earlier) this.#budget.restore(earlier);
  }

  /** @throws BUDGET_SPENT if earlier attempts at the run have left no room for a step */
  requireRoom(): void {
    const spent = this.#budget.stopReason();
    if (spent === undefined) return;
    throw new TinsmithError({
      code: 'BUDGET_SPENT',
      plugin: '@tinsmith/engine-tinker',
      message: `the budget of this run leaves no room for another step: ${spent}`,
      at: 'plugins["@tinsmith/engine-tinker"].with',
      fix: 'a larger maxTokens or maxCost',
    });
  }

  async stepEnded(): Promise<void> {
    this.#budget.stepEnded();
    await this.#write();
  }

  /** A run that has done what it planned has nothing left to stop. */
  stopReason({ step, plannedSteps }: StepEndEvent): { readonly reason: string } | undefined {
    if (plannedSteps !== undefined && step + 1 >= plannedSteps) return undefined;
    const reason = this.#budget.stopReason();
    return reason === undefined ? undefined : { reason };
  }

  async ended(): Promise<void> {
    await this.#write();
    const summary = this.#budget.summary();
    if (summary !== undefined) console.warn(`tinker: ${summary}`);
  }

  async #write(): Promise<void> {
    if (this.#folder !== undefined && this.#budget.summary() !== undefined)
      await writeUsage(this.#folder, this.#budget.state);
  }
}
