/** The plugin: an engine owns its connection, and takes its key from `Secrets`, never from the config. */
import { definePlugin, Engines, RunDirectories } from '@tinsmith/core';
import { {{pascal}}Engine } from './engine.js';

export default definePlugin({
  name: '{{name}}',
  version: '0.1.0',
  setup({ provide }) {
    provide(Engines, '{{short}}', {
      deps: { directory: RunDirectories },
      create: ({ directory }) => new {{pascal}}Engine(directory.path),
    });
  },
});
