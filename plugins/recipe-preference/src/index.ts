/** Preference learning: which recipes and judges there are, and under which names. */
import { definePlugin, Engines, Judges, type JudgeSource, Models, Recipes, Renderers } from '@tinsmith/core';
import { dpo } from './dpo/dpo.js';
import { endpointSource } from './judges/endpoint.js';
import { rewardModelSource } from './judges/reward-model.js';
import { rlhf } from './rlhf/rlhf.js';
import { shorterJudge } from './shorter-judge.js';
import { shorter } from './shorter.js';
import { version } from './version.js';

export default definePlugin({
  name: '@tinsmith/recipe-preference',
  version,

  setup({ provide }) {
    provide(Recipes, 'dpo', { create: () => dpo });
    provide(Recipes, 'rlhf', { create: () => rlhf });
    provide(Recipes, 'shorter', { create: () => shorter });

    provide(Judges, 'shorter', {
      create: (): JudgeSource => ({ specification: 'v1', create: () => shorterJudge }),
    });
    provide(Judges, 'endpoint', { create: () => endpointSource });
    provide(Judges, 'reward-model', {
      deps: { engines: Engines, models: Models, renderers: Renderers },
      create: rewardModelSource,
    });
  },
});
