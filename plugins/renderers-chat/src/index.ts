/**
 * Chat formats as renderers. The formats are loaded with the first renderer that is used; programs import
 * `@tinsmith/renderers-chat/library`.
 */
import { Commands, definePlugin, Models, optional, Renderers, RowSources } from '@tinsmith/core';
import { z } from 'zod';
import { rendererNames } from './renderer-names.js';
import { version } from './version.js';

const config = z.strictObject({
  stripThinkingFromHistory: z
    .boolean()
    .optional()
    .describe('Whether earlier turns lose what was thought. Default: as the template of the model does it.'),
  systemRoleAsUser: z
    .boolean()
    .optional()
    .describe("DeepSeek: later system messages are rendered as the user's, not refused."),
  currentDate: z.iso.date().optional().describe('gpt-oss: the date in the system message. Default: today.'),
  controlTokensInContent: z
    .boolean()
    .optional()
    .describe(
      'Control tokens written in messages become control tokens, as in the reference. A hole: see the README.',
    ),
});

export default definePlugin({
  name: '@tinsmith/renderers-chat',
  version,
  config,

  setup({ config: defaults, provide }) {
    for (const name of rendererNames)
      provide(Renderers, name, {
        async create() {
          const { createChatRenderer } = await import('./renderers.js');
          return {
            create: (tokenizer, options) => createChatRenderer(name, tokenizer, { ...defaults, ...options }),
          };
        },
      });
    provide(Renderers, 'template', {
      async create() {
        const { createTemplateRenderer } = await import('./template/template-renderer.js');
        return {
          create: (tokenizer, options) => createTemplateRenderer(tokenizer, { ...defaults, ...options }),
        };
      },
    });
    provide(Commands, 'render', {
      deps: { models: Models, renderers: Renderers, rows: optional(RowSources) },
      async create(deps) {
        const { renderCommand } = await import('./command/render.js');
        return renderCommand(deps);
      },
    });
  },
});
