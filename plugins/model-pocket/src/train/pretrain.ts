/**
 * The training loop: from a model with random weights to a pocket model. Resumable: killed at any moment and
 * started again, it gives the weights of an uninterrupted run, since every batch depends on its number alone.
 */
import type { TrainingClient } from '@tinsmith/core';
import { join } from 'node:path';
import { batchData, callsByLength } from './examples.js';
import { drawExercises } from './mixture.js';
import { type LossRow, readProgress, writeProgress } from './progress.js';
import type { ExerciseRenderer } from './renderers.js';
import { learningRateAt, phaseAt, type Schedule, stepsOf } from './schedule.js';
import { SkillLosses } from './skill-losses.js';

export interface PretrainingSettings extends Schedule {
  readonly seed: number;
  /** Steps after which another model may take over what was learned so far. */
  readonly learnedAt?: number;
  /** Conversations per step. */
  readonly batchSize: number;
  /** Steps that one row of the loss curve averages. */
  readonly stepsPerRow: number;
  readonly rowsPerCheckpoint: number;
}

export interface PretrainingOptions {
  readonly training: TrainingClient;
  readonly renderer: ExerciseRenderer;
  readonly settings: PretrainingSettings;
  /** Holds `progress.json`. */
  readonly stateFolder: string;
  readonly onStep?: (step: StepReport) => void;
  /** Called after `learnedAt` steps, each time that they are taken. */
  readonly onLearned?: () => Promise<void>;
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
  const { seed, batchSize } = settings;
  const steps = stepsOf(settings);
  const file = join(stateFolder, 'progress.json');
  const earlier = await readProgress(file, settings);
  if (earlier) await training.loadStateWithOptimizer(earlier.statePath);

  const resumedAt = earlier?.step ?? 0;
  const rows = [...(earlier?.rows ?? [])];
  let losses = new SkillLosses();
  for (let step = resumedAt; step < steps; step++) {
    const drawn = drawExercises(batchSize, step, { seed, ...phaseAt(step, settings) });
    const examples = drawn.map(({ exercise }) => renderer.example(exercise));
    const learningRate = learningRateAt(step, settings);
    const calls = callsByLength(batchData(examples));
    const passes = Promise.all(calls.map(({ data }) => training.forwardBackward(data, 'cross_entropy')));
    const [outputs] = await Promise.all([
      passes,
      training.optimStep({ learningRate, beta1: 0.9, beta2: 0.95, eps: 1e-8, gradClipNorm: 1 }),
    ]);
    let loss = 0;
    for (const [call, { indexes }] of calls.entries()) {
      const { lossFnOutputs, metrics } = outputs[call]!;
      loss += metrics['loss:sum']!;
      for (const [place, index] of indexes.entries()) {
        const weights = examples[index]!.weights.slice(1);
        losses.add(drawn[index]!.skill, weights, lossFnOutputs[place]!['logprobs']!.data);
      }
    }

    const done = step + 1;
    onStep?.({ done, resumedAt, loss });
    if (done === settings.learnedAt) await options.onLearned?.();
    if (done % settings.stepsPerRow !== 0 && done !== steps) continue;
    rows.push({ step: done, loss: losses.mean(), learning_rate: learningRate, by_skill: losses.bySkill() });
    losses = new SkillLosses();
    const checkpoints = rows.length / settings.rowsPerCheckpoint;
    if (!Number.isInteger(checkpoints) && done !== steps) continue;
    // Two names in turn: a kill while one is being written leaves the other, which progress.json names.
    const name = `pretrain-${Math.floor(checkpoints) % 2}`;
    const { path } = await training.saveState(name, { overwrite: true });
    await writeProgress(file, { settings, step: done, statePath: path, rows });
  }
  return rows;
}
