/**
 * Twenty questions about 32 things between the two small models that ship with Tinsmith: one learns to ask, the other answers. On
 * this machine, offline.
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
      answererModel: 'pocket-teacher',
      words: fileURLToPath(new URL('../data/things.txt', import.meta.url)),
      batchSize: 13,
      groupSize: 8,
      testGroupSize: 16,
      numEpochs: 15,
      maxTokens: 12,
      learningRate: 1e-3,
      rolloutLimits: { maxTrajectoryTokens: 480 },
      ttlSeconds: null, // nothing on this machine needs to expire
    },
  },
};
