/** A run in memory: keeps what the recipe writes, and can be resumed. Hooks and folder are those of the test kit. */
import {
  type CheckpointOptions,
  type CheckpointRow,
  type Metrics,
  type Run,
  RunShouldStop,
  type TrainingClient,
} from '@tinsmith/core';
import type { TestKit } from '@tinsmith/testkit';

export interface Recording {
  readonly rows: (Metrics & { readonly step: number })[];
  readonly checkpoints: (CheckpointRow & { readonly ttlSeconds?: number })[];
  readonly lines: string[];
  plannedSteps: number | undefined;
}

export const newRecording = (): Recording => ({
  rows: [],
  checkpoints: [],
  lines: [],
  plannedSteps: undefined,
});

/** Continues after the checkpoints that the recording already holds. */
export function testRun(kit: TestKit, recording: Recording, seed = 0): Run {
  return {
    name: 'test',
    seed,
    signal: new AbortController().signal,
    hooks: kit.hooks,
    directory: kit.directory,
    checkpoints: {
      last: recording.checkpoints.at(-1),
      async save(training: TrainingClient, { name, batch, ttlSeconds }: CheckpointOptions) {
        const [state, sampler] = await Promise.all([
          training.saveState(name),
          training.saveWeightsForSampler(name),
        ]);
        const row = { name, batch, state_path: state.path, sampler_path: sampler.path };
        recording.checkpoints.push({ ...row, ...(ttlSeconds !== undefined && { ttlSeconds }) });
        return row;
      },
    },
    plan: steps => void (recording.plannedSteps = steps),
    async step(step, body) {
      const metrics = await body();
      recording.rows.push({ step, ...metrics });
      const { plannedSteps } = recording;
      return !(await kit.hooks.ask(RunShouldStop, { step, metrics, plannedSteps }));
    },
    span: (_, body) => body(),
    log: line => void recording.lines.push(line),
  };
}
