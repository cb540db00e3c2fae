/** Chat formats as renderers. */
import { definePlugin, Renderers } from '@tinsmith/core';
import { createQwen3Instruct } from './qwen3-instruct.js';
import { version } from './version.js';

export default definePlugin({
  name: '@tinsmith/renderers-chat',
  version,

  setup({ provide }) {
    provide(Renderers, 'qwen3_instruct', { create: () => ({ create: createQwen3Instruct }) });
  },
});
