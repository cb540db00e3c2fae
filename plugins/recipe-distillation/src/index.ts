/** The recipe `on_policy_distillation`. */
import { definePlugin, Recipes } from '@tinsmith/core';
import { onPolicyDistillation } from './on-policy-distillation.js';
import { version } from './version.js';

export default definePlugin({
  name: '@tinsmith/recipe-distillation',
  version,

  setup({ provide }) {
    provide(Recipes, 'on_policy_distillation', { create: () => onPolicyDistillation });
  },
});
