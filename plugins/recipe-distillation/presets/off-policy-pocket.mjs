/**
 * As the preset of on_policy_distillation, with as many answers per step, but the teacher writes them and the student reads. Soft
 * targets: softTargets=20.
 *   run       tinsmith run off_policy_distillation
 *   install   @tinsmith/engine-local @tinsmith/model-pocket @tinsmith/renderers-chat @tinsmith/datasets-hub
 *             @tinsmith/evaluators @tinsmith/logger-jsonl @tinsmith/logger-console
 */
import { data, heldOut, pair, plugins } from './pocket.mjs';

export default {
  plugins,
  recipe: {
    use: 'off_policy_distillation',
    with: {
      ...pair,
      teacherModel: 'pocket-teacher',
      answers: 'teacher',
      dataset: data('sums.jsonl'),
      batchSize: 128,
      lrSchedule: 'constant',
      evaluators: [heldOut('sums')],
    },
  },
};
