/** Chat formats as renderers. */
import { definePlugin, Renderers } from '@tinsmith/core';
import { z } from 'zod';
import { createChatRenderer, rendererNames } from './renderers.js';
import { createTemplateRenderer } from './template/template-renderer.js';
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
        create: () => ({
          create: (tokenizer, options) => createChatRenderer(name, tokenizer, { ...defaults, ...options }),
        }),
      });
    provide(Renderers, 'template', {
      create: () => ({
        create: (tokenizer, options) => createTemplateRenderer(tokenizer, { ...defaults, ...options }),
      }),
    });
  },
});

export { createChatRenderer, rendererNames } from './renderers.js';
export { loads as parseJson } from './python/json-parser.js';
export { formatView, type TextOptions } from './view/text.js';
export {
  type ConversationView,
  type SequenceView,
  type TemplateView,
  type TokenView,
  viewConversation,
  type ViewRequest,
} from './view/view.js';
export { compareWithTemplate, type ComparisonRequest, type TemplateComparison } from './template/compare.js';
