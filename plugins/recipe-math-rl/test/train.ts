/** Runs `math_rl` with the real runner on the toy engine, which really trains, and keeps what it did. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  type CheckpointRow,
  type ConfiguredPlugin,
  definePlugin,
  Engines,
  type MetricRecord,
  MetricSinks,
  Models,
  RunDirectories,
  type SaveOptions,
  type TrainingClient,
} from '@tinsmith/core';
import renderers from '@tinsmith/renderers-chat';
import { TestDirectory, ToyEngine } from '@tinsmith/testkit';
import { runConfig, type RunOutcome } from 'tinsmith';
import { onTestFinished } from 'vitest';
import mathRl from '../src/index.js';

export interface Trained {
  readonly outcome: RunOutcome;
  readonly rows: readonly MetricRecord[];
  /** checkpoints.jsonl at the end. */
  readonly checkpoints: readonly CheckpointRow[];
  /** Saves of this attempt. */
  readonly saves: readonly { readonly name: string; readonly ttlSeconds: number | undefined }[];
  /** logs.log at the end. */
  readonly log: string;
  readonly folder: string;
}

export interface TrainOptions {
  readonly seed?: number;
  /** Goes on in that folder. */
  readonly resume?: string;
  readonly plugins?: readonly ConfiguredPlugin[];
}

export const newFolder = (): string => {
  const directory = new TestDirectory();
  onTestFinished(() => directory.remove());
  return directory.path;
};

/** `options` are those of the recipe, besides engine and model. */
export async function train(
  options: object,
  { seed = 0, resume, plugins = [] }: TrainOptions = {},
): Promise<Trained> {
  const rows: MetricRecord[] = [];
  const saves: Trained['saves'][number][] = [];
  const folder = resume ?? newFolder();
  const outcome = await runConfig(
    {
      logPath: folder,
      ifExists: 'resume',
      seed,
      plugins: [recordingToys({ rows, saves }), renderers(), mathRl(), ...plugins],
      recipe: { use: 'math_rl', with: { engine: 'toy', modelName: 'toy', ...options } },
    },
    { output: { out: () => {}, error: () => {} } },
  );
  const read = (file: string) => readFileSync(join(folder, file), 'utf8');
  return {
    outcome,
    rows,
    saves,
    folder,
    log: read('logs.log'),
    get checkpoints() {
      const lines = read('checkpoints.jsonl').trim().split('\n');
      return lines.map(line => JSON.parse(line) as CheckpointRow);
    },
  };
}

/** The toy engine and a model for it, with a record of rows and saves. */
function recordingToys({ rows, saves }: { rows: MetricRecord[]; saves: Trained['saves'][number][] }) {
  class RecordingEngine extends ToyEngine {
    override async createLoraTrainingClient() {
      return recording(await super.createLoraTrainingClient());
    }
    override async createTrainingClientFromStateWithOptimizer(path: string) {
      return recording(await super.createTrainingClientFromStateWithOptimizer(path));
    }
  }
  function recording(client: TrainingClient): TrainingClient {
    const saveState = client.saveState.bind(client);
    client.saveState = (name: string, options?: SaveOptions) => {
      saves.push({ name, ttlSeconds: options?.ttlSeconds });
      return saveState(name, options);
    };
    return client;
  }

  return definePlugin({
    name: 'recording-toys',
    version: '1.0.0',
    setup({ provide }) {
      provide(Models, 'toy', { create: () => ({ renderers: ['qwen3_instruct', 'another'] }) });
      provide(Engines, 'toy', {
        deps: { directory: RunDirectories },
        create: ({ directory }) => new RecordingEngine(directory.path),
      });
      provide(MetricSinks, { create: () => ({ write: async row => void rows.push(row) }) });
    },
  })();
}
