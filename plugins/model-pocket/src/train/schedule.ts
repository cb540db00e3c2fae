/** What changes in the course of training: the learning rate and how careless the answers are. */
export interface Schedule {
  readonly steps: number;
  readonly warmupSteps: number;
  /** The highest. */
  readonly learningRate: number;
  /** Of the highest, at the last step. */
  readonly finalShare: number;
  /**
   * Share of wrong answers in the first and in the last part: first the model learns to add from answers that
   * are mostly right, then to slip as often as it is to slip in the end.
   */
  readonly wrongShare: { readonly first: number; readonly last: number };
  /** Of the steps, before the last part begins. */
  readonly firstPart: number;
}

/** Linear warm-up, then half a cosine down to `finalShare`. */
export function learningRateAt(step: number, schedule: Schedule): number {
  const { steps, warmupSteps, learningRate, finalShare } = schedule;
  if (step < warmupSteps) return (learningRate * (step + 1)) / warmupSteps;
  const done = (step - warmupSteps) / Math.max(1, steps - 1 - warmupSteps);
  return learningRate * (finalShare + ((1 - finalShare) * (1 + Math.cos(Math.PI * done))) / 2);
}

export function wrongShareAt(step: number, { steps, wrongShare, firstPart }: Schedule): number {
  return step < steps * firstPart ? wrongShare.first : wrongShare.last;
}
