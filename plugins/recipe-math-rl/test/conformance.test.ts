import { DataAssembled, RolloutsGraded } from '@tinsmith/core';
import renderers from '@tinsmith/renderers-chat';
import { recipeConformance, toyEngine } from '@tinsmith/testkit';
import plugin from '../src/index.js';

recipeConformance({
  plugins: [toyEngine(), renderers(), plugin()],
  recipe: {
    use: 'math_rl',
    with: {
      engine: 'toy',
      modelName: 'toy',
      rendererName: 'qwen3_instruct',
      groupsPerBatch: 8,
      learningRate: 0.1,
      saveEvery: 2,
      maxSteps: 5,
    },
  },
  steps: 5,
  hooks: [RolloutsGraded, DataAssembled],
});
