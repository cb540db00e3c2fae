/** The recipe as the runner and the testkit see it. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import datasets from '@tinsmith/datasets-hub';
import renderers from '@tinsmith/renderers-chat';
import { recipeConformance, toyEngine } from '@tinsmith/testkit';
import { afterAll } from 'vitest';
import rlLoop from '../src/index.js';
import { digits, jsonLines } from './rows.js';

const folder = mkdtempSync(join(tmpdir(), 'tinsmith-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

recipeConformance({
  plugins: [toyEngine(), datasets(), renderers(), rlLoop()],
  recipe: {
    use: 'rl_loop',
    with: {
      engine: 'toy',
      modelName: 'toy',
      rendererName: 'qwen3_instruct',
      dataset: jsonLines(folder, digits(18)),
      datasetConfig: null,
      fewShot: false,
      boxed: false,
      batchSize: 4,
      groupSize: 8,
      maxTokens: 4,
      saveEvery: 1,
      learningRate: 0.1,
    },
  },
  steps: 4, // 18 problems make 4 whole batches
});
