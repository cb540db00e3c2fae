/**
 * A real model on this machine, which learns from itself: SmolLM2-135M-Instruct as student and teacher. It shows that all is well
 * (time per step; `teacher_kl` begins at 0 and stays near it); a larger model of the family, in a folder of yours, teaches it more:
 * recipe.with.teacherModel=FOLDER.
 *   before    npm run fetch:smollm2      in a checkout of the repository; any folder or .gguf file of the model will do
 *   run       tinsmith run on_policy_distillation preset=smollm2
 */
import { data, model, plugins, student } from './smollm2.mjs';

export default {
  plugins,
  recipe: {
    use: 'on_policy_distillation',
    with: {
      ...student,
      teacherModel: model,
      dataset: data('lists.jsonl'),
      groupsPerBatch: 4,
      groupSize: 4,
    },
  },
};
