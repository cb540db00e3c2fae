/**
 * A new way to answer, learnt by the small model that ships with Tinsmith: sums in sentences, over two turns. On this machine,
 * offline, with made data.
 *   run       tinsmith run chat_sl
 *   install   @tinsmith/engine-local @tinsmith/model-pocket @tinsmith/renderers-chat @tinsmith/datasets-hub
 *             @tinsmith/evaluators @tinsmith/logger-jsonl @tinsmith/logger-console
 */
import { fileURLToPath } from 'node:url';

const data = name => fileURLToPath(new URL(`../data/${name}`, import.meta.url));

export default {
  plugins: [
    '@tinsmith/engine-local',
    '@tinsmith/model-pocket',
    '@tinsmith/renderers-chat',
    '@tinsmith/datasets-hub',
    '@tinsmith/evaluators',
    '@tinsmith/recipe-chat-sl',
    '@tinsmith/logger-jsonl',
    '@tinsmith/logger-console',
  ],
  recipe: {
    use: 'chat_sl',
    with: {
      engine: 'local',
      modelName: 'pocket',
      dataset: data('sentences.jsonl'),
      testSize: 128,
      maxLength: 128, // as far as the model sees
      batchSize: 32,
      learningRate: 3e-3,
      evalEvery: 10,
      evaluators: [
        {
          use: 'sample-and-grade',
          with: { name: 'sentences', dataset: data('held-out.jsonl'), temperature: 0, maxTokens: 32 },
        },
      ],
      ttlSeconds: null, // nothing on this machine needs to expire
    },
  },
};
