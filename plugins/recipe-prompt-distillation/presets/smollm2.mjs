/**
 * A real model on this machine: SmolLM2-135M-Instruct answers briefly when a system message asks for it, and learns to do so without
 * one. It is too small for the labels of languages, so it learns whole answers.
 *   before    npm run fetch:smollm2      in a checkout of the repository; any folder or .gguf file of the model will do
 *   run       tinsmith run prompt_distillation preset=smollm2
 */
import { fileURLToPath } from 'node:url';

const data = name => fileURLToPath(new URL(`../data/${name}`, import.meta.url));
const model = { modelName: 'models/smollm2-135m/SmolLM2-135M-Instruct.Q4_1.gguf', rendererName: 'chatml' };

export default {
  plugins: [
    '@tinsmith/engine-local',
    '@tinsmith/renderers-chat',
    '@tinsmith/datasets-hub',
    '@tinsmith/recipe-prompt-distillation',
    '@tinsmith/logger-jsonl',
    '@tinsmith/logger-console',
  ],
  recipe: {
    use: 'prompt_distillation',
    with: {
      engine: 'local',
      ...model,
      create: {
        ...model,
        prompt: data('brief-prompt.txt'),
        input: data('brief-questions.txt'),
        maxTokens: 64, // longer answers are not brief, and are dropped
      },
      testSize: 8,
      batchSize: 8,
      numEpochs: 4,
      maxLength: 256,
      learningRate: 2e-4,
      evalEvery: 5,
      ttlSeconds: null,
    },
  },
};
