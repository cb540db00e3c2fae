import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { SearchBackends } from '@tinsmith/core';
import datasets from '@tinsmith/datasets-hub';
import {
  createTestKit,
  searchablePassages,
  searchBackendConformance,
  TestDirectory,
} from '@tinsmith/testkit';
import { STAND_IN_MODEL, startStandInEmbeddings } from '@tinsmith/testkit/embeddings';
import { afterAll, expect, onTestFinished, test } from 'vitest';
import chroma from '../src/index.js';
import { startFakeChroma } from './fake-chroma.js';

const embeddings = await startStandInEmbeddings();
const server = await startFakeChroma();
const folder = new TestDirectory();
afterAll(async () => {
  folder.remove();
  await embeddings[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const passages = join(folder.path, 'passages.jsonl');
const rows = searchablePassages.map(({ id: _id, title, text }) => ({ _id, title, text }));
writeFileSync(passages, rows.map(row => `${JSON.stringify(row)}\n`).join(''));

let caches = 0;
const plugin = (options: Partial<Parameters<typeof chroma>[0]> = {}) =>
  chroma({
    baseUrl: server.url,
    collection: 'wiki',
    embeddings: { baseUrl: embeddings.url, model: STAND_IN_MODEL, batchSize: 2 },
    vectorCache: join(folder.path, `${caches++}.sqlite`),
    passages,
    ...options,
  });

async function open(options: Partial<Parameters<typeof chroma>[0]> = {}) {
  const secrets = { EMBEDDING_KEY: 'secret' };
  const kit = await createTestKit({ plugins: [plugin(options), datasets()], secrets });
  onTestFinished(() => kit[Symbol.asyncDispose]());
  return kit.get(SearchBackends, 'chroma');
}

searchBackendConformance({ plugins: () => [plugin(), datasets()], backend: 'chroma' });

test('a text is embedded once, also over several runs', async () => {
  const vectorCache = join(folder.path, 'once.sqlite');
  const before = embeddings.texts;
  await (await open({ vectorCache, collection: 'once' })).search({ query: 'ice', limit: 1 });
  const used = embeddings.texts - before;
  expect(used).toBe(searchablePassages.length + 2); // the query, and one to see the dimension
  await (await open({ vectorCache, collection: 'once' })).search({ query: 'ice', limit: 1 });
  expect(embeddings.texts - before).toBe(used);
  expect(existsSync(vectorCache)).toBe(true);
});

test('a collection that a kill left half filled is filled up', async () => {
  server.collections.set('half', new Map([...server.collections.get('wiki')!].slice(0, 2)));
  const backend = await open({ collection: 'half' });
  expect(server.collections.get('half')!.size).toBe(searchablePassages.length);
  expect(await backend.search({ query: searchablePassages[4].text, limit: 1 })).toMatchObject([{ id: 'e' }]);
});

test('a collection that nobody fills must be there', async () => {
  const { passages: _, ...rest } = { passages, collection: 'nowhere' };
  const missing = createTestKit({
    plugins: [
      chroma({
        baseUrl: server.url,
        embeddings: { baseUrl: embeddings.url, model: STAND_IN_MODEL },
        vectorCache: join(folder.path, 'missing.sqlite'),
        ...rest,
      }),
    ],
  });
  await using kit = await missing;
  await expect(kit.get(SearchBackends, 'chroma')).rejects.toMatchObject({
    code: 'CHROMA_COLLECTION_MISSING',
    found: expect.stringContaining('wiki'),
  });
});

test('a server that is down at the start is an error with its address; down later, each query fails', async () => {
  await expect(open({ baseUrl: 'http://127.0.0.1:1' })).rejects.toMatchObject({
    code: 'CHROMA_UNREACHABLE',
    at: 'http://127.0.0.1:1',
  });
  const backend = await open();
  server.status = 503;
  onTestFinished(() => void (server.status = undefined));
  await expect(backend.search({ query: 'ice', limit: 1 })).rejects.toThrow('answers 503');
  server.status = undefined;
  expect(await backend.search({ query: 'ice', limit: 1 })).toHaveLength(1);
});

test('an embedding endpoint that fails, and one with another dimension, are named', async () => {
  const backend = await open();
  embeddings.status = 500;
  await expect(backend.search({ query: 'never asked before', limit: 1 })).rejects.toThrow(
    '/v1/embeddings answers 500',
  );
  embeddings.status = undefined;
  embeddings.dimension = 64;
  onTestFinished(() => void (embeddings.dimension = 256));
  await expect(backend.search({ query: 'another one', limit: 1 })).rejects.toMatchObject({
    code: 'EMBEDDING_INVALID',
  });
  await expect(open()).rejects.toMatchObject({
    code: 'EMBEDDING_DIMENSION',
    found: '64 dimensions, and the collection has 256',
  });
});

test('the key of the endpoint comes from the environment', async () => {
  const model = { baseUrl: embeddings.url, model: STAND_IN_MODEL };
  await open({ embeddings: { ...model, keyVariable: 'EMBEDDING_KEY' } });
  await expect(open({ embeddings: { ...model, keyVariable: 'NOT_SET' } })).rejects.toMatchObject({
    code: 'SECRET_MISSING',
  });
});
