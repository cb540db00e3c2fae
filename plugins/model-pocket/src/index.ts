/** The plugin: names the model that is packaged beside this code. Reads nothing; the engine does. */
import { definePlugin, Models, type ModelSource } from '@tinsmith/core';
import { fileURLToPath } from 'node:url';
import { version } from './version.js';

/** `src` and `dist` lie at the same depth, so one path serves both. */
const source: ModelSource = {
  folder: fileURLToPath(new URL('../model', import.meta.url)),
  renderers: ['qwen3_instruct'],
};

export default definePlugin({
  name: '@tinsmith/model-pocket',
  version,
  setup({ provide }) {
    provide(Models, 'pocket', { create: () => source });
  },
});
