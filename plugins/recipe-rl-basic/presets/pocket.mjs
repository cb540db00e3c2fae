/**
 * Sums of two numbers up to 100, learnt by the small model that ships with Tinsmith, on this machine, offline.
 *   run       tinsmith run rl_basic
 *   install   @tinsmith/engine-local @tinsmith/model-pocket @tinsmith/renderers-chat @tinsmith/datasets-hub
 *             @tinsmith/logger-jsonl @tinsmith/logger-console
 */
import { fileURLToPath } from 'node:url';

export default {
  plugins: [
    '@tinsmith/engine-local',
    '@tinsmith/model-pocket',
    '@tinsmith/renderers-chat',
    '@tinsmith/datasets-hub',
    '@tinsmith/recipe-rl-basic',
    '@tinsmith/logger-jsonl',
    '@tinsmith/logger-console',
  ],
  recipe: {
    use: 'rl_basic',
    with: {
      engine: 'local',
      modelName: 'pocket',
      env: 'gsm8k',
      envOptions: {
        dataset: fileURLToPath(new URL('../data/sums.jsonl', import.meta.url)),
        datasetConfig: null,
        testSize: 128,
        fewShot: false, // neither the example nor the \boxed{} means anything to a model of this size
        boxed: false,
      },
      groupsPerBatch: 64,
      groupSize: 8,
      maxTokens: 6,
      learningRate: 2e-3,
      evalEvery: 10,
      ttlSeconds: null, // nothing on this machine needs to expire
    },
  },
};
