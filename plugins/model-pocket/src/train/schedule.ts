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
  readonly finalShare: number;
  /** From this step on a line takes the rate down to `finalShare`, from where the cosine is. */
  readonly lineFrom?: number;
  /** First the model learns, from exercises that are easy and answers that are mostly right, then to slip as often as it is to. */
  readonly phases: readonly Phase[];
}

export const stepsOf = ({ phases }: Schedule): number => phases.at(-1)!.until;

/** Linear warm-up, half a cosine, and at the end a line down to `finalShare`. */
export function learningRateAt(step: number, schedule: Schedule): number {
  const { learningRate, finalShare, lineFrom } = schedule;
  if (lineFrom === undefined || step < lineFrom) return onCosine(step, schedule);
  const done = (step - lineFrom) / Math.max(1, stepsOf(schedule) - 1 - lineFrom);
  return (1 - done) * onCosine(lineFrom, schedule) + done * finalShare * learningRate;
}

function onCosine(step: number, { warmupSteps, learningRate, horizon, finalShare }: Schedule): number {
  if (step < warmupSteps) return (learningRate * (step + 1)) / warmupSteps;
  const done = (step - warmupSteps) / Math.max(1, horizon - 1 - warmupSteps);
  return learningRate * (finalShare + ((1 - finalShare) * (1 + Math.cos(Math.PI * done))) / 2);
}

export const phaseAt = (step: number, { phases }: Schedule): Phase =>
  phases.find(({ until }) => step < until) ?? phases.at(-1)!;
