/**
 * The training loop: from a model with random weights to the pocket model. Resumable: killed at any moment and
 * started again, it gives the weights of an uninterrupted run, since every batch depends on its number alone.
 */
import type { Renderer, TrainingClient } from '@tinsmith/core';
import { join } from 'node:path';
import { batchData } from './examples.js';
import { type LossRow, readProgress, writeProgress } from './progress.js';
import { learningRateAt, type Schedule, sumOptionsAt } from './schedule.js';
import { conversations } from './skills.js';

export interface PretrainingSettings extends Schedule {
  readonly seed: number;
  /** Conversations per step. */
  readonly batchSize: number;
  /** Steps that one row of the loss curve averages. */
  readonly stepsPerRow: number;
  readonly rowsPerCheckpoint: number;
}

export interface PretrainingOptions {
  readonly training: TrainingClient;
  readonly renderer: Renderer;
  readonly settings: PretrainingSettings;
  /** Holds `progress.json`. */
  readonly stateFolder: string;
  readonly onStep?: (step: StepReport) => void;
}

export interface StepReport {
  /** Steps done, of all. */
  readonly done: number;
  /** Steps that an earlier, interrupted attempt did. */
  readonly resumedAt: number;
  readonly loss: number;
}

/** Trains to the end and returns the loss curve. */
export async function pretrain(options: PretrainingOptions): Promise<readonly LossRow[]> {
  const { training, renderer, settings, stateFolder, onStep } = options;
  const file = join(stateFolder, 'progress.json');
  const earlier = await readProgress(file, settings);
  if (earlier) await training.loadStateWithOptimizer(earlier.statePath);

  const resumedAt = earlier?.step ?? 0;
  const rows = [...(earlier?.rows ?? [])];
  let losses: number[] = [];
  for (let step = resumedAt; step < settings.steps; step++) {
    const { seed, batchSize } = settings;
    const chats = conversations(batchSize, step, { seed, ...sumOptionsAt(step, settings) });
    const learningRate = learningRateAt(step, settings);
    const [{ metrics }] = await Promise.all([
      training.forwardBackward(batchData(chats, renderer), 'cross_entropy'),
      training.optimStep({ learningRate, beta1: 0.9, beta2: 0.95, eps: 1e-8, gradClipNorm: 1 }),
    ]);

    const done = step + 1;
    losses.push(metrics['loss:sum']!);
    onStep?.({ done, resumedAt, loss: losses.at(-1)! });
    if (done % settings.stepsPerRow !== 0 && done !== settings.steps) continue;
    const loss = losses.reduce((sum, value) => sum + value, 0) / losses.length;
    rows.push({ step: done, loss, learning_rate: learningRate });
    losses = [];
    const checkpoints = rows.length / settings.rowsPerCheckpoint;
    if (!Number.isInteger(checkpoints) && done !== settings.steps) continue;
    // Two names in turn: a kill while one is being written leaves the other, which progress.json names.
    const name = `pretrain-${Math.floor(checkpoints) % 2}`;
    const { path } = await training.saveState(name, { overwrite: true });
    await writeProgress(file, { settings, step: done, statePath: path, rows });
  }
  return rows;
}
