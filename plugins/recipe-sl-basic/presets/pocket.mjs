/**
 * Right answers to sums, learnt by the small model that ships with Tinsmith, on this machine, offline.
 *   run       tinsmith run sl_basic
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
    '@tinsmith/recipe-sl-basic',
    '@tinsmith/logger-jsonl',
    '@tinsmith/logger-console',
  ],
  recipe: {
    use: 'sl_basic',
    with: {
      engine: 'local',
      modelName: 'pocket',
      dataset: fileURLToPath(new URL('../data/chats.jsonl', import.meta.url)),
      testSize: 128,
      maxLength: 128, // as far as the model sees
      batchSize: 32,
      learningRate: 1e-3,
      ttlSeconds: null, // nothing on this machine needs to expire
    },
  },
};
