/**
 * Questions about made-up facts, which the small model that ships with Tinsmith can only answer by searching: it learns to
 * call the tool. On this machine, offline.
 *   run       tinsmith run search_tool
 *   install   @tinsmith/engine-local @tinsmith/model-pocket @tinsmith/renderers-chat @tinsmith/datasets-hub
 *             @tinsmith/search-sqlite @tinsmith/logger-jsonl @tinsmith/logger-console
 */
import { fileURLToPath } from 'node:url';

const data = name => fileURLToPath(new URL(`../data/${name}`, import.meta.url));

export default {
  plugins: [
    '@tinsmith/engine-local',
    '@tinsmith/model-pocket',
    '@tinsmith/renderers-chat',
    '@tinsmith/datasets-hub',
    { use: '@tinsmith/search-sqlite', with: { passages: data('passages.jsonl') } },
    '@tinsmith/recipe-tool-use',
    '@tinsmith/logger-jsonl',
    '@tinsmith/logger-console',
  ],
  recipe: {
    use: 'search_tool',
    with: {
      engine: 'local',
      modelName: 'pocket',
      search: 'sqlite',
      dataset: data('train.jsonl'),
      // The words that the model was taught this with; `Wikipedia` and the example of the default mean nothing to it.
      instructions:
        'Answer the question. If you do not know the answer, search for it. Write the answer in one to five words after "Answer:".',
      testSize: 96,
      evalEvery: 10,
      batchSize: 24,
      groupSize: 8,
      nResults: 1,
      maxTurns: 3,
      maxTokens: 48,
      maxTrajectoryTokens: 480,
      learningRate: 1e-3,
      maxSteps: 40,
      ttlSeconds: null, // nothing on this machine needs to expire
    },
  },
};
