/**
 * The letter of the kind of a thing, as a prompt assigns them: a small model learns the assignment. There are 32 things, and all of
 * them are learnt; it is measured against the right letters. The data are made first. On this machine, offline.
 *   run       tinsmith run prompt_distillation preset=letter
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
    '@tinsmith/recipe-prompt-distillation',
    '@tinsmith/logger-jsonl',
    '@tinsmith/logger-console',
  ],
  recipe: {
    use: 'prompt_distillation',
    with: {
      engine: 'local',
      modelName: 'pocket',
      create: {
        modelName: 'pocket-teacher',
        prompt: data('letter-prompt.txt'),
        input: data('letter-things.txt'),
        labels: ['A', 'B', 'C', 'D', 'E'],
        maxTokens: 8,
      },
      batchSize: 16,
      numEpochs: 20,
      maxLength: 128, // as far as the model sees
      learningRate: 3e-3,
      evalEvery: 5,
      evaluators: [
        {
          use: 'sample-and-grade',
          with: {
            name: 'without-prompt',
            dataset: data('letter-right.jsonl'),
            temperature: 0,
            maxTokens: 8,
          },
        },
      ],
      ttlSeconds: null, // nothing on this machine needs to expire
    },
  },
};
