/**
 * Vectors of texts from an endpoint of OpenAI's form, each text asked for once: vectors are kept in a file. Knows nothing
 * about what they are used for.
 */
import { createHash } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import { TinsmithError } from '@tinsmith/core';
import { asObject, requestJson } from './http.js';

export interface EmbeddingOptions {
  readonly baseUrl: string;
  readonly model: string;
  readonly dimensions?: number | undefined;
  readonly batchSize: number;
  readonly key?: string | undefined;
  readonly requestSeconds: number;
  /** The file of the vectors. */
  readonly cache: string;
}

export class Embeddings {
  readonly #options: EmbeddingOptions;
  readonly #database: DatabaseSync;
  readonly #read: StatementSync;
  readonly #write: StatementSync;
  /** Of every vector of the model, once one is known. */
  #dimension: number | undefined;

  constructor(options: EmbeddingOptions) {
    this.#options = options;
    mkdirSync(dirname(options.cache), { recursive: true });
    this.#database = new DatabaseSync(options.cache);
    this.#database.exec('pragma journal_mode = wal; pragma synchronous = off; pragma busy_timeout = 5000');
    this.#database.exec(
      'create table if not exists vectors(text blob primary key, vector blob) without rowid',
    );
    this.#read = this.#database.prepare('select vector from vectors where text = ?');
    this.#write = this.#database.prepare('insert or replace into vectors values (?, ?)');
    const known = this.#database.prepare('select vector from vectors limit 1').get();
    if (known) this.#dimension = vectorOf(known['vector']).length;
  }

  /** One vector per text. Throws EMBEDDING_INVALID for an answer that is none, or of another dimension than before. */
  async of(texts: readonly string[], signal?: AbortSignal): Promise<readonly Float32Array[]> {
    const vectors = texts.map(text => this.#cached(text));
    const missing = [...new Set(texts.filter((_, i) => !vectors[i]))];
    const { batchSize } = this.#options;
    for (let first = 0; first < missing.length; first += batchSize) {
      const batch = missing.slice(first, first + batchSize);
      for (const [i, vector] of (await this.#ask(batch, signal)).entries()) this.#keep(batch[i]!, vector);
    }
    return texts.map((text, i) => vectors[i] ?? this.#cached(text)!);
  }

  close(): void {
    this.#database.close();
  }

  async #ask(texts: readonly string[], signal: AbortSignal | undefined): Promise<readonly Float32Array[]> {
    const { baseUrl, model, dimensions, key, requestSeconds } = this.#options;
    const url = `${baseUrl.replace(/\/+$/, '')}/embeddings`;
    const answer = await requestJson(url, {
      body: { model, input: texts, encoding_format: 'float', ...(dimensions && { dimensions }) },
      headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
      seconds: requestSeconds,
      signal,
    });
    const { data } = asObject(answer);
    const rows = (Array.isArray(data) ? data : [])
      .map(asObject)
      .toSorted((a, b) => Number(a['index'] ?? 0) - Number(b['index'] ?? 0));
    const vectors = rows.map(({ embedding }) =>
      isNumbers(embedding) ? Float32Array.from(embedding) : undefined,
    );
    if (vectors.length !== texts.length || vectors.includes(undefined))
      throw invalid(
        'the embedding endpoint did not answer with a vector for each text',
        url,
        `${vectors.length} rows for ${texts.length} texts`,
      );
    const expected = dimensions ?? this.#dimension ?? vectors[0]!.length;
    const other = vectors.find(vector => vector!.length !== expected);
    if (other) {
      throw invalid(
        'the vectors have another dimension than those before',
        url,
        `${other.length} instead of ${expected}`,
        {
          fix: `the endpoint now has another model behind "${model}": name it anew, or remove ${this.#options.cache}`,
        },
      );
    }
    return vectors as Float32Array[];
  }

  #cached(text: string): Float32Array | undefined {
    const row = this.#read.get(keyOf(text));
    return row && vectorOf(row['vector']);
  }

  #keep(text: string, vector: Float32Array): void {
    this.#dimension ??= vector.length;
    this.#write.run(keyOf(text), new Uint8Array(vector.buffer, vector.byteOffset, vector.byteLength));
  }
}

/** In the cache folder of the user, one for each endpoint, model and dimension. */
export function defaultCache({
  baseUrl,
  model,
  dimensions,
}: Pick<EmbeddingOptions, 'baseUrl' | 'model' | 'dimensions'>): string {
  const cache = process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache');
  const name = createHash('sha256')
    .update(JSON.stringify([baseUrl, model, dimensions]))
    .digest('hex')
    .slice(0, 24);
  return join(cache, 'tinsmith', 'vectors', `${name}.sqlite`);
}

const keyOf = (text: string) => createHash('sha256').update(text).digest();

/** A copy: bytes from the database may start where no float may. */
const vectorOf = (bytes: unknown): Float32Array =>
  new Float32Array(Uint8Array.from(bytes as Uint8Array).buffer);

const isNumbers = (value: unknown): value is number[] =>
  Array.isArray(value) &&
  value.length > 0 &&
  value.every(number => typeof number === 'number' && Number.isFinite(number));

const invalid = (message: string, at: string, found: string, more: { fix?: string } = {}) =>
  new TinsmithError({ code: 'EMBEDDING_INVALID', message, at, found, ...more });
