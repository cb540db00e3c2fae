/**
 * A real model on this machine reads what itself has written, with its eight likeliest tokens as soft targets: SmolLM2-135M-Instruct
 * as student and teacher. `teacher_forward_kl` begins near 0; a larger model of the family, in a folder of yours, teaches it more:
 * recipe.with.teacherModel=FOLDER.
 *   before    npm run fetch:smollm2      in a checkout of the repository; any folder or .gguf file of the model will do
 *   run       tinsmith run off_policy_distillation preset=smollm2
 */
import { data, model, plugins, student } from './smollm2.mjs';

export default {
  plugins,
  recipe: {
    use: 'off_policy_distillation',
    with: {
      ...student,
      teacherModel: model,
      answers: 'teacher',
      softTargets: 8,
      dataset: data('lists.jsonl'),
      batchSize: 8,
    },
  },
};
