/** The plugin: names the models that are packaged beside this code. Reads nothing; the engine does. */
import { definePlugin, Models, type ModelSource } from '@tinsmith/core';
import { fileURLToPath } from 'node:url';
import { version } from './version.js';

/** The recommended renderer first; the others for requests to think, and for prompts that rule it out. */
const renderers = ['qwen3_instruct', 'qwen3', 'qwen3_disable_thinking'];

/** `src` and `dist` lie at the same depth, so one path serves both. */
const source = (folder: string): ModelSource => ({
  folder: fileURLToPath(new URL(`../${folder}`, import.meta.url)),
  renderers,
});

export default definePlugin({
  name: '@tinsmith/model-pocket',
  version,
  setup({ provide }) {
    provide(Models, 'pocket', { create: () => source('model') });
    provide(Models, 'pocket-teacher', { create: () => source('teacher') });
  },
});
