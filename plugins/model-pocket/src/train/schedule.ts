/** What changes in the course of training: the learning rate, and which exercises there are. */
import type { Habits, Mixture } from './mixture.js';

export interface Phase {
  /** Steps from the beginning of the training to the end of the phase. */
  readonly until: number;
  readonly mixture: Mixture;
  readonly habits: Habits;
}

export interface Schedule {
  readonly warmupSteps: number;
  /** The highest. */
  readonly learningRate: number;
  /** Steps in which half a cosine would take the rate down to `finalShare`. */
  readonly horizon: number;
  /** The last of the phases takes it down in a line, from where the cosine is. */
  readonly finalShare: number;
  /** First the model learns, from exercises that are easy and answers that are mostly right, then to slip as often as it is to. */
  readonly phases: readonly Phase[];
}

export const stepsOf = ({ phases }: Schedule): number => phases.at(-1)!.until;

/** Linear warm-up, half a cosine, and in the last phase a line down to `finalShare`. */
export function learningRateAt(step: number, schedule: Schedule): number {
  const { learningRate, finalShare, phases } = schedule;
  const bend = phases.at(-2)?.until ?? 0;
  if (phases.length === 1 || step < bend) return onCosine(step, schedule);
  const done = (step - bend) / Math.max(1, stepsOf(schedule) - 1 - bend);
  return (1 - done) * onCosine(bend, schedule) + done * finalShare * learningRate;
}

function onCosine(step: number, { warmupSteps, learningRate, horizon, finalShare }: Schedule): number {
  if (step < warmupSteps) return (learningRate * (step + 1)) / warmupSteps;
  const done = (step - warmupSteps) / Math.max(1, horizon - 1 - warmupSteps);
  return learningRate * (finalShare + ((1 - finalShare) * (1 + Math.cos(Math.PI * done))) / 2);
}

export const phaseAt = (step: number, { phases }: Schedule): Phase =>
  phases.find(({ until }) => step < until) ?? phases.at(-1)!;
