/**
 * A real model on this machine, which learns from itself: SmolLM2-135M-Instruct as student and teacher. It shows that all is well
 * (time per step; `teacher_kl` begins at 0 and stays near it); a larger model of the family, in a folder of yours, teaches it more:
 * recipe.with.teacherModel=FOLDER.
 *   before    npm run fetch:smollm2      in a checkout of the repository; any folder or .gguf file of the model will do
 *   run       tinsmith run on_policy_distillation preset=smollm2
 */
import { fileURLToPath } from 'node:url';

const smollm2 = 'models/smollm2-135m/SmolLM2-135M-Instruct.Q4_1.gguf';

export default {
  plugins: [
    '@tinsmith/engine-local',
    '@tinsmith/renderers-chat',
    '@tinsmith/datasets-hub',
    '@tinsmith/recipe-distillation',
    '@tinsmith/logger-jsonl',
    '@tinsmith/logger-console',
  ],
  recipe: {
    use: 'on_policy_distillation',
    with: {
      engine: 'local',
      modelName: smollm2,
      rendererName: 'chatml',
      teacherModel: smollm2,
      dataset: fileURLToPath(new URL('../data/prompts.jsonl', import.meta.url)),
      groupsPerBatch: 4,
      groupSize: 4,
      maxTokens: 48,
      loraRank: 32,
      learningRate: 1e-4,
      maxSteps: 10,
      ttlSeconds: null,
    },
  },
};
