/**
 * A real model on this machine, with two data sets: SmolLM2-135M-Instruct as student and as both teachers. Larger models of the
 * family, in folders of yours, teach it more: a config that extends this preset and has `lessons` of its own.
 *   before    npm run fetch:smollm2      in a checkout of the repository; any folder or .gguf file of the model will do
 *   run       tinsmith run multi_teacher_distillation preset=smollm2
 */
import { data, model, plugins, student } from './smollm2.mjs';

const lesson = name => ({ dataset: data(`${name}.jsonl`), teacherModel: model, groupsPerBatch: 2 });

export default {
  plugins,
  recipe: {
    use: 'multi_teacher_distillation',
    with: { ...student, lessons: [lesson('sums'), lesson('lists')], groupSize: 4 },
  },
};
