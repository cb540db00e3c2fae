/** The recipes as the runner and the testkit see it, on the toy engine. */
import { DataAssembled, definePlugin, Models, RolloutsGraded } from '@tinsmith/core';
import renderers from '@tinsmith/renderers-chat';
import { recipeConformance, toyEngine } from '@tinsmith/testkit';
import multiplayer from '../src/index.js';

const toyModel = definePlugin({
  name: 'toy-model',
  version: '1.0.0',
  setup: ({ provide }) => provide(Models, 'toy', { create: () => ({ renderers: ['qwen3_instruct'] }) }),
});

recipeConformance({
  plugins: [toyEngine(), toyModel(), renderers(), multiplayer()],
  recipe: {
    use: 'guess_number',
    with: {
      engine: 'toy',
      modelName: 'toy',
      upperBound: 16,
      maxTurns: 2,
      playerRole: 'assistant',
      batchSize: 1,
      groupSize: 2,
      testGroupSize: 1,
      maxTokens: 4,
      evalEvery: 2,
      maxSteps: 4,
      saveEvery: 1,
      learningRate: 0.1,
    },
  },
  steps: 4,
  hooks: [RolloutsGraded, DataAssembled],
});

recipeConformance({
  plugins: [toyEngine(), toyModel(), renderers(), multiplayer()],
  recipe: {
    use: 'twenty_questions',
    with: {
      engine: 'toy',
      modelName: 'toy',
      answererModel: 'toy',
      answererMaxTokens: 2,
      batchSize: 1,
      groupSize: 2,
      maxTokens: 4,
      evalEvery: 0,
      maxSteps: 3,
      saveEvery: 1,
      learningRate: 0.1,
      rolloutLimits: { maxTurns: 3 },
    },
  },
  steps: 3,
  hooks: [RolloutsGraded, DataAssembled],
});
