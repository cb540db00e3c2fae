/**
 * The same made-up facts for a real model on this machine: SmolLM2-135M-Instruct, a few questions at a time.
 *   before    npm run fetch:smollm2      in a checkout of the repository; any folder or .gguf file of the model will do
 *   run       tinsmith run search_tool preset=smollm2
 */
import { fileURLToPath } from 'node:url';

const data = name => fileURLToPath(new URL(`../data/${name}`, import.meta.url));

export default {
  plugins: [
    '@tinsmith/engine-local',
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
      modelName: 'models/smollm2-135m/SmolLM2-135M-Instruct.Q4_1.gguf',
      rendererName: 'qwen3_instruct', // its own format, chatml, has no tools; the control tokens are the same
      anyRenderer: true,
      search: 'sqlite',
      dataset: data('train.jsonl'),
      batchSize: 4,
      groupSize: 4,
      nResults: 1,
      maxTurns: 3,
      maxTokens: 96,
      maxTrajectoryTokens: 1500,
      learningRate: 1e-4,
      maxSteps: 20,
      ttlSeconds: null,
    },
  },
};
