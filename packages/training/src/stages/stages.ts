/**
 * Several trainings one after the other in one run, e.g. supervised, then by reinforcement. Each stage is a `Run` of its own to the
 * loop that trains it: it counts its steps from 0, has a folder of its own with its checkpoints, metrics and rollouts, and goes on
 * from its own last checkpoint. In the run's own metrics and checkpoints all steps of all stages follow each other. Knows nothing
 * about what is trained.
 */
import {
  type CheckpointOptions,
  type CheckpointRow,
  formatMetricRow,
  type Metrics,
  type Run,
  type TrainingClient,
} from '@tinsmith/core';
import { type StageFiles, stageFiles } from './stage-files.js';

export interface StageOptions {
  /** Steps of the stages that will follow: the run plans with all of them. */
  readonly stepsAfter: number;
}

export interface Stages {
  /**
   * The stage as a run. Its files are in the folder `name` of the run; its metrics have `name/` in front of them in the run's own.
   * One stage at a time.
   */
  open(name: string, options: StageOptions): Promise<Run>;
  /** The run was asked to stop, and the stage has saved: no other stage is to be begun. */
  readonly isStopped: boolean;
}

export function stagesOf(run: Run): Stages {
  const { last } = run.checkpoints;
  let next = last?.batch ?? 0; // of the steps of all stages
  let isStopped = false;
  return {
    get isStopped() {
      return isStopped;
    },
    async open(name, { stepsAfter }) {
      const files = await stageFiles(run.directory, name);
      if (last?.['stage'] === name) await files.addIfMissing(localRow(last)); // a kill can come between the two files
      const start = files.last?.batch ?? 0;
      await files.forgetMetricsFrom(start);
      return stageRun(run, {
        name,
        files,
        first: next - start,
        stepsAfter,
        onSaved: batch => (next = batch),
        onStopped: () => (isStopped = true),
      });
    },
  };
}

interface Parts {
  readonly name: string;
  readonly files: StageFiles;
  /** Which step of the run the stage's step 0 is, or would be. */
  readonly first: number;
  readonly stepsAfter: number;
  readonly onSaved: (batch: number) => void;
  readonly onStopped: () => void;
}

function stageRun(run: Run, { name, files, first, stepsAfter, onSaved, onStopped }: Parts): Run {
  let planned: number | undefined;
  return {
    name: `${run.name}-${name}`,
    seed: run.seed,
    signal: run.signal,
    hooks: run.hooks,
    directory: files.directory,

    checkpoints: {
      last: files.last,
      async save(training: TrainingClient, options: CheckpointOptions): Promise<CheckpointRow> {
        const batch = first + options.batch;
        const row = await run.checkpoints.save(training, {
          ...options,
          name: `${name}-${options.name}`,
          batch,
          progress: { ...options.progress, stage: name, stage_batch: options.batch },
        });
        await files.add(localRow(row));
        onSaved(batch);
        return row;
      },
    },

    plan(steps) {
      planned = steps;
      run.plan(first + steps + stepsAfter);
    },

    async step(index, body) {
      const goOn = await run.step(first + index, async () => {
        const started = performance.now();
        const metrics = await body();
        const row: Metrics = {
          'progress/batch': index,
          ...(planned !== undefined && { 'progress/done_frac': (index + 1) / planned }),
          ...metrics,
          'time/total': (performance.now() - started) / 1000,
        };
        await files.addMetrics(formatMetricRow({ step: index, metrics: row }));
        return Object.fromEntries(Object.entries(metrics).map(([key, value]) => [`${name}/${key}`, value]));
      });
      if (!goOn) onStopped();
      return goOn;
    },

    span: (what, body) => run.span(what, body),
    log: line => run.log(`${name}: ${line}`),
  };
}

/** As the stage counts: what a checkpoint of a run of this one stage alone would be. */
function localRow({ stage, stage_batch: batch, name, ...row }: CheckpointRow): CheckpointRow {
  return { ...row, name: name.slice(`${String(stage)}-`.length), batch: Number(batch) };
}
