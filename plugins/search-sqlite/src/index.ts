/** Search in a file of passages, inside Node: the search backend `sqlite`. */
import { definePlugin, RowSources, SearchBackends, WaitReported } from '@tinsmith/core';
import { z } from 'zod';
import { version } from './version.js';

export default definePlugin({
  name: '@tinsmith/search-sqlite',
  version,
  config: z.strictObject({
    passages: z.string().min(1).describe('A file, a folder or a hub id: rows with a text each.'),
    split: z.string().optional(),
    textField: z.string().default('text'),
    titleField: z.string().nullable().default('title').describe('null: passages have no title.'),
    idField: z
      .string()
      .nullable()
      .default('_id')
      .describe('null, or where a row lacks it: the number of the row.'),
    index: z
      .string()
      .optional()
      .describe(
        'The file of the index. Default: one in the cache folder of the user, made for these passages.',
      ),
    name: z.string().min(1).default('sqlite').describe('Of the backend, where a config has several.'),
  }),

  setup({ config, provide, emit }) {
    const onProgress = (text: string, seconds: number) => emit(WaitReported, { what: text, seconds });
    provide(SearchBackends, config.name, {
      deps: { rows: RowSources },
      async create({ rows }) {
        const { openIndex } = await import('./open-index.js');
        const { SqliteSearch } = await import('./sqlite-search.js');
        return new SqliteSearch(await openIndex(config, { rows, onProgress }));
      },
      dispose: search => search.close(),
    });
  },
});
