/** The recipe as the runner and the testkit see it, on the toy engine. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DataAssembled, definePlugin, Models, RolloutsGraded } from '@tinsmith/core';
import datasets from '@tinsmith/datasets-hub';
import renderers from '@tinsmith/renderers-chat';
import sqlite from '@tinsmith/search-sqlite';
import { recipeConformance, TestDirectory, toyEngine } from '@tinsmith/testkit';
import { afterAll } from 'vitest';
import toolUse from '../src/index.js';

const folder = new TestDirectory();
afterAll(() => folder.remove());
const file = (name: string, rows: readonly object[]) => {
  const path = join(folder.path, name);
  writeFileSync(path, rows.map(row => `${JSON.stringify(row)}\n`).join(''));
  return path;
};
const passages = file('passages.jsonl', [{ text: 'The capital of Talin is Bomar.' }]);
const dataset = file(
  'questions.jsonl',
  Array.from({ length: 20 }, (_, i) => ({
    question: `What is ${i}?`,
    golden_answers: [String(i)],
    data_source: i % 2 ? 'odd' : 'even',
  })),
);

const toyModel = definePlugin({
  name: 'toy-model',
  version: '1.0.0',
  setup: ({ provide }) => provide(Models, 'toy', { create: () => ({ renderers: ['qwen3_instruct'] }) }),
});

recipeConformance({
  plugins: [
    toyEngine(),
    toyModel(),
    renderers(),
    datasets(),
    sqlite({ passages, index: join(folder.path, 'index.sqlite') }),
    toolUse(),
  ],
  recipe: {
    use: 'search_tool',
    with: {
      engine: 'toy',
      modelName: 'toy',
      search: 'sqlite',
      dataset,
      instructions: '',
      batchSize: 4,
      groupSize: 2,
      maxTokens: 8,
      testSize: 2,
      evalEvery: 2,
      maxSteps: 4,
      saveEvery: 1,
      learningRate: 0.1,
    },
  },
  steps: 4,
  hooks: [RolloutsGraded, DataAssembled],
});
