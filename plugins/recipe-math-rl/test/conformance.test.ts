/** The recipe and its environment as the runner and the testkit see them. */
import { DataAssembled, definePlugin, Models, RolloutsGraded } from '@tinsmith/core';
import renderers from '@tinsmith/renderers-chat';
import { environmentConformance, recipeConformance, toyEngine } from '@tinsmith/testkit';
import mathRl from '../src/index.js';

const toyModel = definePlugin({
  name: 'toy-model',
  version: '1.0.0',
  setup: ({ provide }) => provide(Models, 'toy', { create: () => ({ renderers: ['qwen3_instruct'] }) }),
});

recipeConformance({
  plugins: [toyEngine(), toyModel(), renderers(), mathRl()],
  recipe: {
    use: 'math_rl',
    with: {
      engine: 'toy',
      modelName: 'toy',
      groupsPerBatch: 4,
      maxSteps: 4,
      saveEvery: 1,
      learningRate: 0.1,
    },
  },
  steps: 4,
  hooks: [RolloutsGraded, DataAssembled],
});

for (const fewShot of [true, false]) {
  environmentConformance({
    plugins: [renderers(), mathRl()],
    environment: 'arithmetic',
    renderer: 'qwen3_instruct',
    options: { fewShot },
    solve(prompt) {
      const [, x, y] = /(\d+) \+ (\d+)\?(?!.*\d \+)/s.exec(prompt)!;
      return String(Number(x) + Number(y));
    },
  });
}
