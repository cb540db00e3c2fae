/**
 * Sums of two numbers up to 100, which the larger of the two small models that ship with Tinsmith does well and the smaller one,
 * asked, more often wrong than right: the smaller one learns it from the larger one. On this machine, offline, with made data.
 *   run       tinsmith run on_policy_distillation
 *   install   @tinsmith/engine-local @tinsmith/model-pocket @tinsmith/renderers-chat @tinsmith/datasets-hub
 *             @tinsmith/evaluators @tinsmith/logger-jsonl @tinsmith/logger-console
 */
import { data, heldOut, pair, plugins } from './pocket.mjs';

export default {
  plugins,
  recipe: {
    use: 'on_policy_distillation',
    with: {
      ...pair,
      teacherModel: 'pocket-teacher',
      dataset: data('sums.jsonl'),
      groupsPerBatch: 32,
      groupSize: 4,
      evaluators: [heldOut('sums')],
    },
  },
};
