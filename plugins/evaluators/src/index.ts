/**
 * Evaluators; `tinsmith eval`, which runs them on a base model or a checkpoint; `tinsmith chat`, which talks to one. Each is loaded when it is used, and reads its
 * data when it is first evaluated.
 */
import {
  Commands,
  definePlugin,
  Engines,
  Evaluators,
  Models,
  optional,
  Renderers,
  RowSources,
} from '@tinsmith/core';
import { version } from './version.js';

const sources = () => import('./tasks/sources.js');
const deps = { rows: optional(RowSources) };

export default definePlugin({
  name: '@tinsmith/evaluators',
  version,

  setup({ provide }) {
    provide(Evaluators, 'nll', { deps, create: async ({ rows }) => (await sources()).nllSource(rows) });
    provide(Evaluators, 'gsm8k', { deps, create: async ({ rows }) => (await sources()).gsm8kSource(rows) });
    provide(Evaluators, 'ifeval', { deps, create: async ({ rows }) => (await sources()).ifevalSource(rows) });
    provide(Evaluators, 'math500', {
      deps,
      create: async ({ rows }) => (await sources()).math500Source(rows),
      dispose: source => source.close(),
    });
    provide(Evaluators, 'sample-and-grade', {
      deps,
      create: async ({ rows }) => (await sources()).conversationSource(rows),
      dispose: source => source.close(),
    });
    provide(Commands, 'eval', {
      deps: { engines: Engines, models: Models, renderers: Renderers, evaluators: Evaluators },
      async create(registries) {
        const { evalCommand } = await import('./command/eval.js');
        return evalCommand(registries);
      },
    });
    provide(Commands, 'chat', {
      deps: { engines: Engines, models: Models, renderers: Renderers },
      async create(registries) {
        const { chatCommand } = await import('./chat/chat.js');
        return chatCommand(registries);
      },
    });
  },
});
