/**
 * Two things at once: sums and counting words, each learnt from a teacher of its own. Here both are the larger of the two small
 * models that ship with Tinsmith; of models of yours, each can be good at something else.
 *   run       tinsmith run multi_teacher_distillation
 *   install   @tinsmith/engine-local @tinsmith/model-pocket @tinsmith/renderers-chat @tinsmith/datasets-hub
 *             @tinsmith/evaluators @tinsmith/logger-jsonl @tinsmith/logger-console
 */
import { data, heldOut, pair, plugins } from './pocket.mjs';

const lesson = name => ({
  dataset: data(`${name}.jsonl`),
  teacherModel: 'pocket-teacher',
  groupsPerBatch: 16,
});

export default {
  plugins,
  recipe: {
    use: 'multi_teacher_distillation',
    with: {
      ...pair,
      lessons: [lesson('sums'), lesson('lists')],
      groupSize: 4,
      evaluators: [heldOut('sums'), heldOut('lists')],
    },
  },
};
