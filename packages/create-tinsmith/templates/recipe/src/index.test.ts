import { DataAssembled } from '@tinsmith/core';
import { recipeConformance, toyEngine } from '@tinsmith/testkit';
import {{camel}} from './index.js';

recipeConformance({
  plugins: [toyEngine(), {{camel}}()],
  recipe: {
    use: '{{snake}}',
    with: { engine: 'toy', modelName: 'toy', texts: ['abcabc', '4 + 5 = 9'], maxSteps: 4, saveEvery: 2, learningRate: 0.1 },
  },
  steps: 4,
  hooks: [DataAssembled],
});
