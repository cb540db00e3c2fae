/** Mean losses of a few batches, as a whole and by skill. */
export class SkillLosses {
  readonly #sums = new Map<string, { loss: number; targets: number }>();

  /** @param logprobs of all targets, weighted or not */
  add(skill: string, weights: ArrayLike<number>, logprobs: ArrayLike<number>): void {
    const sum = this.#sums.get(skill) ?? { loss: 0, targets: 0 };
    for (let i = 0; i < weights.length; i++) {
      sum.loss -= weights[i]! * logprobs[i]!;
      sum.targets += weights[i]!;
    }
    this.#sums.set(skill, sum);
  }

  /** Nats per target. */
  mean(): number {
    const all = [...this.#sums.values()];
    const total = (key: 'loss' | 'targets') => all.reduce((sum, one) => sum + one[key], 0);
    return total('loss') / total('targets');
  }

  /** Nats per target, to four places. */
  bySkill(): Record<string, number> {
    const entries = [...this.#sums].toSorted(([a], [b]) => (a < b ? -1 : 1));
    return Object.fromEntries(
      entries.map(([skill, { loss, targets }]) => [skill, Math.round((1e4 * loss) / targets) / 1e4]),
    );
  }
}
