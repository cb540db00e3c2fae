/** What changes in the course of training: the learning rate, and how easy and how careless the exercises are. */
import type { Habits } from './mixture.js';

export interface Schedule {
  readonly steps: number;
  readonly warmupSteps: number;
  /** The highest. */
  readonly learningRate: number;
  /** Of the highest, at the last step. */
  readonly finalShare: number;
  /** First the model learns, from exercises that are easy and answers that are mostly right. */
  readonly first: Habits;
  /** Then it learns to slip as often as it is to slip in the end. */
  readonly last: Habits;
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

export function habitsAt(step: number, { steps, first, last, firstPart }: Schedule): Habits {
  return step < steps * firstPart ? first : last;
}
