/** The recipe and its environment as the runner and the testkit see them. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataAssembled, RolloutsGraded } from '@tinsmith/core';
import datasets from '@tinsmith/datasets-hub';
import renderers from '@tinsmith/renderers-chat';
import { environmentConformance, recipeConformance, toyEngine } from '@tinsmith/testkit';
import { afterAll } from 'vitest';
import { digits, jsonLines } from '../../recipe-rl-loop/test/rows.js';
import rlBasic from '../src/index.js';

const folder = mkdtempSync(join(tmpdir(), 'tinsmith-test-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const envOptions = {
  dataset: jsonLines(folder, digits(18)),
  datasetConfig: null,
  testSize: 2,
  fewShot: false,
  boxed: false,
};

recipeConformance({
  plugins: [toyEngine(), datasets(), renderers(), rlBasic()],
  recipe: {
    use: 'rl_basic',
    with: {
      engine: 'toy',
      modelName: 'toy',
      rendererName: 'qwen3_instruct',
      envOptions,
      groupsPerBatch: 4,
      groupSize: 8,
      maxTokens: 4,
      evalEvery: 2,
      saveEvery: 1,
      learningRate: 0.1,
      klPenaltyCoef: 0.1,
      computePostKl: true,
    },
  },
  steps: 4,
  hooks: [RolloutsGraded, DataAssembled],
});

environmentConformance({
  plugins: [datasets(), renderers(), rlBasic()],
  environment: 'gsm8k',
  renderer: 'qwen3_instruct',
  options: envOptions,
  solve: prompt => /say (\d)/.exec(prompt)![1]!,
});
