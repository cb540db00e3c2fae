/**
 * A model that answers half of the questions politely and half of them curtly learns which of the two is preferred. On this machine,
 * offline, with made comparisons; the things that are asked about in the test do not occur in training.
 *   run       tinsmith run dpo
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
    '@tinsmith/recipe-preference',
    '@tinsmith/logger-jsonl',
    '@tinsmith/logger-console',
  ],
  recipe: {
    use: 'dpo',
    with: {
      engine: 'local',
      modelName: 'pocket',
      dataset: fileURLToPath(new URL('../data/comparisons', import.meta.url)),
      testSplit: 'test',
      testSize: 64,
      batchSize: 16,
      learningRate: 1e-3,
      dpoBeta: 0.1,
      maxLength: 512,
      maxSteps: 16,
      evalEvery: 5,
      ttlSeconds: null, // nothing on this machine needs to expire
    },
  },
};
