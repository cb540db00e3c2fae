/**
 * The language of a sentence, which the larger of the two small models that ship with Tinsmith tells when a prompt asks for it, and
 * the smaller one learns to tell without being asked. The data are made first. On this machine, offline.
 *   run       tinsmith run prompt_distillation
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
        prompt: data('language-prompt.txt'),
        input: data('language-sentences.txt'),
        answer: 'Final Answer: (\\w+)',
        labels: ['en', 'de', 'fr', 'es', 'tr'],
        maxTokens: 16,
      },
      batchSize: 32,
      numEpochs: 8,
      maxLength: 128, // as far as the model sees
      learningRate: 3e-3,
      evalEvery: 5,
      evaluators: [
        {
          use: 'sample-and-grade',
          with: {
            name: 'without-prompt',
            dataset: data('language-held-out.jsonl'),
            temperature: 0,
            maxTokens: 16,
          },
        },
      ],
      ttlSeconds: null, // nothing on this machine needs to expire
    },
  },
};
