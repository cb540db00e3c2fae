/** The recipe `prompt_distillation` and the command `create_data`, which makes what it learns from. */
import {
  Commands,
  definePlugin,
  Engines,
  Models,
  optional,
  Recipes,
  Renderers,
  RowSources,
} from '@tinsmith/core';
import { promptDistillation } from './prompt-distillation.js';
import { version } from './version.js';

export default definePlugin({
  name: '@tinsmith/recipe-prompt-distillation',
  version,

  setup({ provide }) {
    provide(Recipes, 'prompt_distillation', { create: () => promptDistillation });
    provide(Commands, 'create_data', {
      deps: { engines: Engines, models: Models, renderers: Renderers, rows: optional(RowSources) },
      async create(registries) {
        const { createDataCommand } = await import('./command.js');
        return createDataCommand(registries);
      },
    });
  },
});
