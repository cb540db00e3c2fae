import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { modelInput } from '@tinsmith/core';
import { LocalEngine, writeSafetensors } from '@tinsmith/engine-local/engine';
import { expect, onTestFinished, test } from 'vitest';
import { createRandom } from '../tasks/index.js';
import { growTensors, grownShape } from './grow.js';
import { modelConfig, type Shape } from './model-config.js';

const small: Shape = { hiddenSize: 16, layers: 2, heads: 2, intermediateSize: 24 };
const layers = [
  { from: 0, isIdle: false },
  { from: 0, isIdle: true },
  { from: 1, isIdle: false },
];
const configOf = (shape: Shape) => modelConfig(40, shape, { padding: 0, endOfTurn: 1 });

async function logprobsOf(engine: LocalEngine, model: string): Promise<readonly (number | null)[]> {
  const client = await engine.createSamplingClient({ baseModel: model });
  return client.computeLogprobs(modelInput([3, 14, 15, 9, 26, 5, 35]));
}

test('a grown model says what the small one says, and its doubles are not alike', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'grow-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  await using engine = new LocalEngine({ checkpoints: folder, threads: 1 });
  const training = await engine.createFullTrainingClient({ model: { config: configOf(small), seed: 1 } });
  const smallFolder = join(folder, 'small');
  await training.saveModel(smallFolder, { dtype: 'float32' });

  const grown = growTensors(await training.parameters(), layers, createRandom(1));
  const large = join(folder, 'large');
  mkdirSync(large);
  writeSafetensors(join(large, 'model.safetensors'), grown);
  writeFileSync(join(large, 'config.json'), JSON.stringify(configOf(grownShape(small, layers))));

  const [before, after] = [await logprobsOf(engine, smallFolder), await logprobsOf(engine, large)];
  before.slice(1).forEach((logprob, index) => expect(after[index + 1]).toBeCloseTo(logprob!, 4));

  const { shape, data } = grown.get('model.layers.0.mlp.up_proj.weight')!;
  expect(shape).toEqual([48, 32]);
  const difference = data.subarray(0, 32).map((value, column) => value - data[24 * 32 + column]!);
  expect(Math.max(...difference.map(Math.abs))).toBeGreaterThan(0.01);
});
