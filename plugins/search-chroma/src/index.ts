/** Search in a collection of a Chroma server: the search backend `chroma`. */
import { definePlugin, optional, RowSources, SearchBackends, Secrets, WaitReported } from '@tinsmith/core';
import { z } from 'zod';
import { version } from './version.js';

export default definePlugin({
  name: '@tinsmith/search-chroma',
  version,
  config: z.strictObject({
    baseUrl: z.url().default('http://localhost:8000').describe('The Chroma server.'),
    collection: z.string().min(1).describe('Its documents are searched.'),
    tenant: z.string().default('default_tenant'),
    database: z.string().default('default_database'),
    titleField: z
      .string()
      .nullable()
      .default('title')
      .describe('In the metadata of a document; null: no titles.'),
    embeddings: z.strictObject({
      baseUrl: z.url().describe('An endpoint of OpenAI’s form; `/embeddings` is added.'),
      model: z.string().min(1),
      dimensions: z.int().positive().optional().describe('Asked for, where a model has several.'),
      keyVariable: z
        .string()
        .optional()
        .describe('The environment variable with the key. Default: none is sent.'),
      batchSize: z.int().positive().default(64).describe('Texts of one request.'),
    }),
    vectorCache: z
      .string()
      .optional()
      .describe('The file of the vectors. Default: one for each model in the cache folder of the user.'),
    passages: z
      .string()
      .optional()
      .describe('A file, a folder or a hub id: rows that the collection is filled with if it is not there.'),
    split: z.string().optional(),
    textField: z.string().default('text'),
    idField: z.string().default('_id').describe('Where a row lacks it: the number of the row.'),
    requestSeconds: z.number().positive().default(30),
    name: z.string().min(1).default('chroma').describe('Of the backend, where a config has several.'),
  }),

  setup({ config, provide, emit }) {
    const onProgress = (what: string, seconds: number) => emit(WaitReported, { what, seconds });
    provide(SearchBackends, config.name, {
      deps: { secrets: Secrets, rows: optional(RowSources) },
      async create({ secrets, rows }) {
        const { openChroma } = await import('./open-chroma.js');
        return openChroma(config, { secrets, rows, onProgress });
      },
      dispose: search => search.close(),
    });
  },
});
