/**
 * Counting words, which the larger of the two small models that ship with Tinsmith does well and the smaller one does not: the
 * smaller one learns it from the larger one. On this machine, offline, with made data.
 *   run       tinsmith run on_policy_distillation
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
    '@tinsmith/recipe-distillation',
    '@tinsmith/logger-jsonl',
    '@tinsmith/logger-console',
  ],
  recipe: {
    use: 'on_policy_distillation',
    with: {
      engine: 'local',
      modelName: 'pocket',
      teacherModel: 'pocket-teacher',
      dataset: data('prompts.jsonl'),
      groupsPerBatch: 64,
      groupSize: 4,
      maxTokens: 8,
      loraRank: 32,
      learningRate: 1e-3,
      evalEvery: 10,
      evaluators: [
        {
          use: 'sample-and-grade',
          with: { name: 'counts', dataset: data('held-out.jsonl'), temperature: 1, maxTokens: 8 },
        },
      ],
      maxSteps: 30,
      ttlSeconds: null, // nothing on this machine needs to expire
    },
  },
};
