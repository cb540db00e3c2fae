/**
 * The three stages with the small model that ships with Tinsmith: it learns to answer questions about things, mostly curtly; a reward
 * model learns that people prefer polite answers; and the model learns to be polite. On this machine, offline, with made data; the
 * things that are asked about in the tests do not occur in training.
 *   run       tinsmith run rlhf
 *   install   @tinsmith/engine-local @tinsmith/model-pocket @tinsmith/renderers-chat @tinsmith/datasets-hub
 *             @tinsmith/logger-jsonl @tinsmith/logger-console
 */
import { fileURLToPath } from 'node:url';

const data = name => fileURLToPath(new URL(`../data/${name}`, import.meta.url));

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
    use: 'rlhf',
    with: {
      engine: 'local',
      modelName: 'pocket',
      loraRank: 32,
      maxLength: 256,
      batchSize: 32,
      evalEvery: 8,
      sftDataset: data('answers'),
      sftLearningRate: 1e-3,
      sftMaxSteps: 12,
      dataset: data('comparisons'),
      testSplit: 'test',
      rmLearningRate: 1e-3,
      rmMaxSteps: 16,
      rlLearningRate: 1e-3,
      rlMaxTokens: 32,
      rlGroupSize: 4,
      rlBatchSize: 16,
      rlMaxSteps: 24,
      winRateSize: 64,
      ttlSeconds: null, // nothing on this machine needs to expire
    },
  },
};
