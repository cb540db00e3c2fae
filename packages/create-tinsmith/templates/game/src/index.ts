/** The plugin: a game that `text_arena` and `tinsmith play` can use. */
import { definePlugin, Games } from '@tinsmith/core';
import { {{camel}} } from './game.js';

export default definePlugin({
  name: '{{name}}',
  version: '0.1.0',
  setup({ provide }) {
    provide(Games, '{{short}}', { create: () => {{camel}} });
  },
});
