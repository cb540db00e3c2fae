/** Data sets as rows: by hub id, folder or file. */
import { definePlugin, RowSources } from '@tinsmith/core';
import { z } from 'zod';
import { version } from './version.js';

export { createRowSource, type FileRowSource, type RowSourceOptions } from './row-source.js';

const warn = (text: string) => console.warn(text);

export default definePlugin({
  name: '@tinsmith/datasets-hub',
  version,
  config: z.strictObject({
    maxRowBytes: z
      .int()
      .positive()
      .default(64 * 2 ** 20)
      .describe('Largest row of a text file, in bytes. Only the row at hand is held in memory.'),
    maxMessageBytes: z
      .int()
      .positive()
      .default(8 * 2 ** 20)
      .describe('Largest message of a conversation, in bytes of UTF-8.'),
  }),

  setup({ config, provide }) {
    provide(RowSources, {
      async create() {
        const { createHub, progressLines } = await import('@tinsmith/hub');
        const { createRowSource } = await import('./row-source.js');
        const hub = createHub({ onNotice: warn, onProgress: progressLines(warn) });
        return createRowSource({ ...config, hub });
      },
      dispose: source => source.close(),
    });
  },
});
