import {
  type CheckpointOptions,
  type CheckpointRow,
  type MetricRecord,
  resumableRow,
  type Run,
  type RunDirectory,
  type TrainingClient,
} from '@tinsmith/core';
import { expect, test } from 'vitest';
import { metricsOfStage, rowsOfStage } from './stage-files.js';
import { stagesOf } from './stages.js';

/** What outlives an attempt: files, rows of checkpoints, and rows of metrics as a logger keeps them. */
class Disk {
  readonly files = new Map<string, string>();
  readonly rows: CheckpointRow[] = [];
  readonly metrics: MetricRecord[] = [];
  readonly plans: number[] = [];
  /** The step of the run after which it is asked to stop. */
  stopAfter = Infinity;

  attempt(): Run {
    const directory: RunDirectory = {
      path: '/run',
      append: async (file, line) => void this.files.set(file, `${this.files.get(file) ?? ''}${line}\n`),
      read: async file => this.files.get(file),
      write: async (file, content) => void this.files.set(file, content),
      sync: async () => {},
    };
    const save = async (_: TrainingClient, { name, batch, progress }: CheckpointOptions) => {
      const row = { ...progress, name, batch, state_path: `${name}@${batch}` };
      this.rows.push(row);
      return row;
    };
    return {
      name: 'three',
      seed: 7,
      signal: new AbortController().signal,
      hooks: undefined as unknown as Run['hooks'],
      directory,
      checkpoints: { last: resumableRow(this.rows), save },
      plan: steps => void this.plans.push(steps),
      step: async (step, body) => {
        this.metrics.push({ step, metrics: await body() });
        return step !== this.stopAfter;
      },
      span: (_, body) => body(),
      log: () => {},
    };
  }
}

const training = undefined as unknown as TrainingClient;

/** A loop as `trainSupervised` is one: a checkpoint every other step, and at the end. */
async function train(run: Run, steps: number): Promise<void> {
  const start = run.checkpoints.last?.batch ?? 0;
  if (start >= steps) return;
  run.plan(steps);
  for (let step = start; step < steps; step++) {
    const goOn = await run.step(step, async () => ({ loss: step }));
    if (!goOn && step + 1 < steps)
      return void (await run.checkpoints.save(training, { name: 'stop', batch: step + 1 }));
    if (step % 2 === 1) await run.checkpoints.save(training, { name: `s${step + 1}`, batch: step + 1 });
  }
  await run.checkpoints.save(training, { name: 'final', batch: steps });
}

const lengths = { sft: 3, rm: 4, rl: 2 };

async function attempt(disk: Disk, skip: readonly string[] = []): Promise<void> {
  const stages = stagesOf(disk.attempt());
  for (const [name, steps] of Object.entries(lengths)) {
    if (skip.includes(name)) continue;
    await train(await stages.open(name, { stepsAfter: 0 }), steps);
    if (stages.isStopped) return;
  }
}

const losses = async (disk: Disk, stage: string) =>
  (await metricsOfStage(disk.attempt().directory, stage)).map(({ step, loss }) => [step, loss]);

test('steps follow each other in the run, and each stage counts its own', async () => {
  const disk = new Disk();
  await attempt(disk);
  expect(disk.metrics.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(disk.metrics[3]).toEqual({ step: 3, metrics: { 'rm/loss': 0 } });
  expect(await losses(disk, 'rm')).toEqual([0, 1, 2, 3].map(step => [step, step]));
  expect(disk.rows.map(({ name, batch }) => `${name} ${batch}`)).toEqual([
    'sft-s2 2',
    'sft-final 3',
    'rm-s2 5',
    'rm-s4 7',
    'rm-final 7',
    'rl-s2 9',
    'rl-final 9',
  ]);
  expect((await rowsOfStage(disk.attempt().directory, 'rm')).at(-1)).toEqual({
    name: 'final',
    batch: 4,
    state_path: 'rm-final@7',
  });
});

test('the run plans with the steps of the stages to come', async () => {
  const disk = new Disk();
  const stages = stagesOf(disk.attempt());
  await train(await stages.open('sft', { stepsAfter: 6 }), 3);
  await train(await stages.open('rm', { stepsAfter: 2 }), 4);
  expect(disk.plans).toEqual([9, 9]);
});

test.each([0, 1, 2, 3, 4, 5, 6, 7, 8])(
  'a run that stops after step %i goes on where it was, in any stage',
  async stopAfter => {
    const whole = new Disk();
    await attempt(whole);
    const disk = new Disk();
    disk.stopAfter = stopAfter;
    await attempt(disk);
    expect(disk.metrics).toHaveLength(stopAfter + 1);
    disk.stopAfter = Infinity;
    await attempt(disk);
    expect(disk.metrics).toEqual(whole.metrics);
    for (const stage of Object.keys(lengths))
      expect(await losses(disk, stage)).toEqual(await losses(whole, stage));
  },
);

test('a kill between the row of the run and the row of the stage is made good', async () => {
  const disk = new Disk();
  disk.stopAfter = 4; // the checkpoint rm-s2 has been saved
  await attempt(disk);
  disk.files.delete('rm/checkpoints.jsonl');
  disk.files.set('rm/metrics.jsonl', `${disk.files.get('rm/metrics.jsonl')!}{"step":2,"loss":2}\n{"st`);
  disk.stopAfter = Infinity;
  await attempt(disk);
  expect(disk.metrics.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
  expect(await losses(disk, 'rm')).toEqual([0, 1, 2, 3].map(step => [step, step]));
});

test('a stage that was left out can be run later', async () => {
  const disk = new Disk();
  await attempt(disk, ['sft', 'rl']);
  await attempt(disk, ['rl']);
  await attempt(disk);
  expect(disk.metrics.map(({ metrics }) => Object.keys(metrics)[0])).toEqual([
    'rm/loss',
    'rm/loss',
    'rm/loss',
    'rm/loss',
    'sft/loss',
    'sft/loss',
    'sft/loss',
    'rl/loss',
    'rl/loss',
  ]);
  expect(disk.metrics.map(({ step }) => step)).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
});
