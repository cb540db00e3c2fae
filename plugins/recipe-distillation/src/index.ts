/** The recipes `off_policy_distillation`, `on_policy_distillation` and `multi_teacher_distillation`. */
import { definePlugin, Recipes } from '@tinsmith/core';
import { multiTeacherDistillation } from './multi-teacher-distillation.js';
import { offPolicyDistillation } from './off-policy-distillation.js';
import { onPolicyDistillation } from './on-policy-distillation.js';
import { version } from './version.js';

export default definePlugin({
  name: '@tinsmith/recipe-distillation',
  version,

  // The aliases are the names of the Cookbook's modules; package.json says them for the command line.
  setup({ provide }) {
    provide(Recipes, 'off_policy_distillation', {
      aliases: ['off_policy_reasoning'],
      create: () => offPolicyDistillation,
    });
    provide(Recipes, 'on_policy_distillation', { create: () => onPolicyDistillation });
    provide(Recipes, 'multi_teacher_distillation', {
      aliases: ['on_policy_multi_teacher'],
      create: () => multiTeacherDistillation,
    });
  },
});
