/** The plugin: an environment that any RL recipe can use. */
import { definePlugin, Environments } from '@tinsmith/core';
import { {{camel}} } from './environment.js';

export default definePlugin({
  name: '{{name}}',
  version: '0.1.0',
  setup({ provide }) {
    provide(Environments, '{{short}}', { create: () => {{camel}} });
  },
});
