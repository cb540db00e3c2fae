/**
 * The search backend `sqlite` on passages with known answers: how long the index takes, how long queries take, and how many of
 * the passages that belong to a query are among the first five, beside BM25 computed here in full (k1 1.2, b 0.75, words as they
 * are, no stemming).
 *
 *   node benchmarks/search/search.mjs FOLDER      corpus.jsonl.gz, queries.jsonl.gz, qrels/test.tsv (BEIR)
 */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { SearchBackends } from '@tinsmith/core';
import { Kernel } from '@tinsmith/core/kernel';
import datasets from '@tinsmith/datasets-hub';
import sqlite from '@tinsmith/search-sqlite';

const folder = process.argv[2];
if (!folder) throw new Error('node benchmarks/search/search.mjs FOLDER');
const rows = name =>
  gunzipSync(readFileSync(join(folder, name)))
    .toString()
    .trim()
    .split('\n')
    .map(line => JSON.parse(line));
const corpus = rows('corpus.jsonl.gz');
const queries = rows('queries.jsonl.gz');
const relevant = Map.groupBy(
  readFileSync(join(folder, 'qrels/test.tsv'), 'utf8')
    .trim()
    .split('\n')
    .slice(1)
    .map(line => line.split('\t')),
  ([query]) => query,
);

const scratch = mkdtempSync(join(tmpdir(), 'tinsmith-search-'));
const kernel = await Kernel.boot([
  datasets(),
  sqlite({ passages: join(folder, 'corpus.jsonl.gz'), index: join(scratch, 'index.sqlite') }),
]);
try {
  const started = performance.now();
  const backend = await kernel.get(SearchBackends, 'sqlite');
  console.log(
    `index        ${corpus.length} passages in ${((performance.now() - started) / 1000).toFixed(2)} s`,
  );

  const times = [];
  let found = 0;
  for (const { _id, text } of queries) {
    const before = performance.now();
    const hits = await backend.search({ query: text, limit: 5 });
    times.push(performance.now() - before);
    found += recall(
      _id,
      hits.map(({ id }) => id),
    );
  }
  times.sort((a, b) => a - b);
  const at = share => times[Math.floor(share * (times.length - 1))].toFixed(2);
  console.log(`query        p50 ${at(0.5)} ms, p99 ${at(0.99)} ms, ${queries.length} queries`);

  const all = performance.now();
  await Promise.all(
    Array.from({ length: 512 }, (_, i) =>
      backend.search({ query: queries[i % queries.length].text, limit: 3 }),
    ),
  );
  console.log(`512 at once  ${(performance.now() - all).toFixed(0)} ms, no failure`);

  const reference = bm25(corpus);
  const expected = queries.reduce((sum, { _id, text }) => sum + recall(_id, reference(text, 5)), 0);
  const share = value => (value / queries.length).toFixed(3);
  console.log(`recall@5     ${share(found)}, BM25 without stemming ${share(expected)}`);
} finally {
  await kernel.dispose();
  rmSync(scratch, { recursive: true });
}

function recall(query, ids) {
  const wanted = relevant.get(query).map(([, id]) => id);
  return wanted.filter(id => ids.includes(id)).length / wanted.length;
}

function words(text) {
  return text.toLowerCase().match(/[\p{L}\p{N}]+/gu) ?? [];
}

function bm25(passages) {
  const documents = passages.map(({ _id, title, text }) => ({ id: _id, words: words(`${title} ${text}`) }));
  const meanLength = documents.reduce((sum, document) => sum + document.words.length, 0) / documents.length;
  const postings = new Map();
  for (const [index, document] of documents.entries()) {
    for (const word of document.words) {
      const counts = postings.get(word) ?? new Map();
      postings.set(word, counts.set(index, (counts.get(index) ?? 0) + 1));
    }
  }
  return (query, limit) => {
    const scores = new Map();
    for (const word of new Set(words(query))) {
      const counts = postings.get(word) ?? new Map();
      const idf = Math.log(1 + (documents.length - counts.size + 0.5) / (counts.size + 0.5));
      for (const [index, count] of counts) {
        const length = documents[index].words.length / meanLength;
        const gain = (idf * count * 2.2) / (count + 1.2 * (0.25 + 0.75 * length));
        scores.set(index, (scores.get(index) ?? 0) + gain);
      }
    }
    return [...scores]
      .toSorted(([, a], [, b]) => b - a)
      .slice(0, limit)
      .map(([index]) => documents[index].id);
  };
}
