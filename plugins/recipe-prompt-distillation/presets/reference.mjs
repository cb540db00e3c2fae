/**
 * The Cookbook's task and settings, on a remote engine: the language of a text as one of thirteen labels, which takes a long prompt;
 * the same model learns to do without it. The Cookbook's file has thousands of sentences and batches of 128; the sentences here
 * are 75.
 *   run       tinsmith run prompt_distillation preset=reference
 *             tinsmith run prompt_distillation preset=reference create.input=multilingual.txt batch_size=128
 *   install   @tinsmith/engine-tinker @tinsmith/renderers-chat @tinsmith/datasets-hub @tinsmith/evaluators
 *             @tinsmith/logger-jsonl @tinsmith/logger-console
 */
import { fileURLToPath } from 'node:url';

const data = name => fileURLToPath(new URL(`../data/${name}`, import.meta.url));
const modelName = 'Qwen/Qwen3.6-35B-A3B';

export default {
  plugins: [
    '@tinsmith/engine-tinker',
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
      engine: 'tinker',
      modelName,
      create: {
        modelName,
        rendererName: 'qwen3_5_disable_thinking',
        prompt: data('languages-prompt.txt'),
        input: data('languages-sentences.txt'),
        answer: 'Final Answer: ([\\p{L}\\p{N}_]+)', // letters and digits of all scripts, as Python's \w
        maxTokens: 1000,
        temperature: 0.15,
      },
      batchSize: 15,
      numEpochs: 4,
      maxLength: 32768,
      learningRate: 1e-4,
      lrSchedule: 'linear',
      loraRank: 32,
      saveEvery: 20,
      evalEvery: 5,
      evaluators: [
        {
          use: 'sample-and-grade',
          with: {
            name: 'without-prompt',
            dataset: data('languages-held-out.jsonl'),
            temperature: 0,
            maxTokens: 1000,
          },
        },
      ],
    },
  },
};
