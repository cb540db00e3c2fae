/** The recipe `chat_sl`. */
import { definePlugin, Recipes } from '@tinsmith/core';
import { chatSl } from './chat-sl.js';
import { version } from './version.js';

export default definePlugin({
  name: '@tinsmith/recipe-chat-sl',
  version,

  setup({ provide }) {
    provide(Recipes, 'chat_sl', { create: () => chatSl });
  },
});
