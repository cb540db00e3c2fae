/**
 * check.mjs CHROMA: starts a real Chroma server on loopback in a folder of its own, fills a collection through
 * @tinsmith/search-chroma and asks it. Vectors are those of the stand-in of the testkit, so that exact search can say what is
 * right.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { SearchBackends } from '@tinsmith/core';
import { Kernel } from '@tinsmith/core/kernel';
import { definePlugin, Secrets } from '@tinsmith/core';
import datasets from '@tinsmith/datasets-hub';
import chroma from '@tinsmith/search-chroma';
import { hashedVector, STAND_IN_MODEL, startStandInEmbeddings } from '@tinsmith/testkit/embeddings';

const command = process.argv[2];
if (!command) throw new Error('check.mjs CHROMA: the command `chroma` of an environment with chromadb');
const folder = mkdtempSync(join(tmpdir(), 'tinsmith-chroma-'));
const port = await freePort();
const baseUrl = `http://127.0.0.1:${port}`;
const server = spawn(
  command,
  ['run', '--path', join(folder, 'data'), '--host', '127.0.0.1', '--port', String(port)],
  {
    stdio: 'ignore',
  },
);
const embeddings = await startStandInEmbeddings();
try {
  await untilReady();
  const words = ['red', 'old', 'tall', 'quiet', 'green', 'small', 'bright', 'heavy', 'round', 'soft'];
  const things = [
    'river',
    'castle',
    'violin',
    'engine',
    'garden',
    'letter',
    'bridge',
    'lantern',
    'harbour',
    'mountain',
  ];
  const passages = words.flatMap((word, i) =>
    things.map((thing, j) => ({
      _id: `${i}-${j}`,
      title: thing,
      text: `The ${word} ${thing} stands in place ${i * 10 + j}.`,
    })),
  );
  writeFileSync(join(folder, 'passages.jsonl'), passages.map(row => `${JSON.stringify(row)}\n`).join(''));

  const kernel = await boot();
  const backend = await kernel.get(SearchBackends, 'chroma');
  let same = 0;
  for (const { _id, text } of passages) {
    const hits = await backend.search({ query: text, limit: 5 });
    const exact = nearest(passages, text)[0];
    if (hits[0].id === _id && Math.abs(hits[0].score - exact.score) < 1e-3) same++;
  }
  report('every passage is found by its text, with the score of exact search', same === passages.length);
  const many = await Promise.all(
    Array.from({ length: 512 }, (_, i) =>
      backend.search({ query: passages[i % passages.length].text, limit: 3 }),
    ),
  );
  report(
    '512 queries at once',
    many.every((hits, i) => hits[0].id === passages[i % passages.length]._id),
  );
  await kernel.dispose();

  const again = await boot();
  await again.get(SearchBackends, 'chroma');
  await again.dispose();
  report('opened again without a new text', embeddings.texts === passages.length + 1);

  embeddings.dimension = 64;
  const other = await boot('other.sqlite');
  const refusal = await other.get(SearchBackends, 'chroma').catch(error => error);
  report('another dimension is refused', refusal.code === 'EMBEDDING_DIMENSION');
  await other.dispose();
} finally {
  server.kill();
  await new Promise(resolve => (server.exitCode === null ? server.once('exit', resolve) : resolve()));
  await embeddings[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true, force: true });
}

function boot(cache = 'vectors.sqlite') {
  const secrets = definePlugin({
    name: 'secrets',
    version: '0.0.0',
    setup: ({ provide }) => provide(Secrets, { create: () => ({ require: () => '' }) }),
  });
  const options = {
    baseUrl,
    collection: 'peer',
    embeddings: { baseUrl: embeddings.url, model: STAND_IN_MODEL },
    vectorCache: join(folder, cache),
    passages: join(folder, 'passages.jsonl'),
  };
  return Kernel.boot([secrets(), datasets(), chroma(options)]);
}

function nearest(passages, query) {
  const vector = hashedVector(query, 256);
  return passages
    .map(({ _id, text }) => ({
      _id,
      score: hashedVector(text, 256).reduce((sum, value, i) => sum + value * vector[i], 0),
    }))
    .toSorted((a, b) => b.score - a.score);
}

function report(what, isTrue) {
  console.log(`${isTrue ? 'ok    ' : 'WRONG '} ${what}`);
  if (!isTrue) process.exitCode = 1;
}

async function untilReady() {
  for (let attempt = 0; attempt < 300; attempt++) {
    const ready = await fetch(`${baseUrl}/api/v2/heartbeat`).then(
      ({ ok }) => ok,
      () => false,
    );
    if (ready) return;
    await new Promise(resolve => setTimeout(resolve, 200));
  }
  throw new Error('Chroma does not start');
}

function freePort() {
  return new Promise(resolve => {
    const probe = createServer().listen(0, '127.0.0.1', () => {
      const { port: free } = probe.address();
      probe.close(() => resolve(free));
    });
  });
}
