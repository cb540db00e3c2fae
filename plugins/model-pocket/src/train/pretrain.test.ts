import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { LocalEngine } from '@tinsmith/engine-local/engine';
import { loadTokenizer } from '@tinsmith/tokenizers';
import { expect, onTestFinished, test } from 'vitest';
import { modelConfig } from './model-config.js';
import { modelFolder } from './places.js';
import { pretrain, type PretrainingSettings, type StepReport } from './pretrain.js';
import { createExerciseRenderer } from './renderers.js';
import { learning } from './settings.js';

const tokenizer = await loadTokenizer(modelFolder('teacher'));
const renderer = createExerciseRenderer(tokenizer);
const shape = { hiddenSize: 16, layers: 1, heads: 2, intermediateSize: 32 };
const config = modelConfig(tokenizer.vocabSize, shape, { padding: 0, endOfTurn: 1 });

const settings: PretrainingSettings = {
  seed: 3,
  batchSize: 4,
  warmupSteps: 2,
  learningRate: 0.01,
  horizon: 7,
  finalShare: 0.1,
  phases: [
    { until: 4, mixture: 'broad', habits: learning },
    { until: 7, mixture: 'careful', habits: learning },
  ],
  stepsPerRow: 2,
  rowsPerCheckpoint: 1,
};

async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'pretrain-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  return folder;
}

/** Trains in a process of its own, as far as the engine goes, and returns the loss curve and the weights. */
async function run(
  stateFolder: string,
  options: { settings?: PretrainingSettings; onStep?: (step: StepReport) => void } = {},
) {
  await using engine = new LocalEngine({ checkpoints: stateFolder, threads: 1 });
  const training = await engine.createFullTrainingClient({ model: { config, seed: 1 } });
  const rows = await pretrain({ training, renderer, settings, stateFolder, ...options });
  return { rows, weights: await training.parameters() };
}

function killAt(step: number): (report: StepReport) => void {
  return ({ done }) => {
    if (done === step) throw new Error('killed');
  };
}

test('killed twice and started again, it gives the loss curve and the weights of an uninterrupted run', async () => {
  const expected = await run(await temporaryFolder());
  const folder = await temporaryFolder();
  await expect(run(folder, { onStep: killAt(3) })).rejects.toThrow('killed');
  await expect(run(folder, { onStep: killAt(6) })).rejects.toThrow('killed');
  const resumed: number[] = [];
  const actual = await run(folder, { onStep: ({ resumedAt }) => resumed.push(resumedAt) });

  expect(resumed).toEqual([4, 4, 4]);
  expect(actual.rows).toEqual(expected.rows);
  expect(actual.weights).toEqual(expected.weights);
});

test('the loss falls, and the last row covers the steps that are left over', async () => {
  const { rows } = await run(await temporaryFolder());
  expect(rows.map(row => row.step)).toEqual([2, 4, 6, 7]);
  expect(rows.at(-1)!.loss).toBeLessThan(rows[0]!.loss);
});

test('refuses to go on with other settings', async () => {
  const folder = await temporaryFolder();
  await run(folder);
  await expect(run(folder, { settings: { ...settings, seed: 4 } })).rejects.toThrow(/other settings/);
});
