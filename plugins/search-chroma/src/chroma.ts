/** The few requests of Chroma's HTTP API (version 2) that are needed. Knows nothing about embeddings. */
import { TinsmithError } from '@tinsmith/core';
import { asObject, HttpFailure, requestJson } from './http.js';

export interface ChromaOptions {
  readonly baseUrl: string;
  readonly tenant: string;
  readonly database: string;
  readonly requestSeconds: number;
}

export interface Collection {
  readonly id: string;
  /** Undefined as long as it is empty. */
  readonly dimension: number | undefined;
}

export interface ChromaDocument {
  readonly id: string;
  readonly document: string;
  /** Chroma takes none with nothing in it. */
  readonly metadata: Readonly<Record<string, unknown>> | null;
}

export class Chroma {
  readonly #options: ChromaOptions;
  readonly #collections: string;

  constructor(options: ChromaOptions) {
    this.#options = options;
    const { baseUrl, tenant, database } = options;
    const [tenantPart, databasePart] = [tenant, database].map(encodeURIComponent);
    this.#collections = `${baseUrl.replace(/\/+$/, '')}/api/v2/tenants/${tenantPart}/databases/${databasePart}/collections`;
  }

  /** Undefined if there is none of that name. */
  async find(name: string): Promise<Collection | undefined> {
    try {
      return collectionOf(await this.#request(`/${encodeURIComponent(name)}`, { method: 'GET' }));
    } catch (error) {
      if (error instanceof HttpFailure && error.status === 404) return undefined;
      throw error;
    }
  }

  /** A new one, or the one that is there. Distances are cosines. */
  async create(name: string): Promise<Collection> {
    const body = { name, get_or_create: true, configuration: { hnsw: { space: 'cosine' } } };
    return collectionOf(await this.#request('', { body }));
  }

  async count({ id }: Collection): Promise<number> {
    return Number(await this.#request(`/${id}/count`, { method: 'GET' }));
  }

  async names(): Promise<readonly string[]> {
    const all = await this.#request('', { method: 'GET' });
    return Array.isArray(all) ? all.map(entry => String(asObject(entry)['name'])) : [];
  }

  async upsert(
    { id }: Collection,
    documents: readonly ChromaDocument[],
    vectors: readonly Float32Array[],
  ): Promise<void> {
    await this.#request(`/${id}/upsert`, {
      body: {
        ids: documents.map(document => document.id),
        documents: documents.map(({ document }) => document),
        metadatas: documents.map(({ metadata }) => metadata),
        embeddings: vectors.map(vector => [...vector]),
      },
    });
  }

  async remove(name: string): Promise<void> {
    await this.#request(`/${encodeURIComponent(name)}`, { method: 'DELETE' });
  }

  /** Nearest first, with distances. */
  async query(
    { id }: Collection,
    { vector, limit, signal }: { vector: Float32Array; limit: number; signal?: AbortSignal | undefined },
  ): Promise<readonly (ChromaDocument & { readonly distance: number })[]> {
    const body = {
      query_embeddings: [[...vector]],
      n_results: limit,
      include: ['documents', 'metadatas', 'distances'],
    };
    const answer = asObject(await this.#request(`/${id}/query`, { body, signal }));
    const [ids = [], documents = [], metadatas = [], distances = []] = (
      ['ids', 'documents', 'metadatas', 'distances'] as const
    ).map(key => firstList(answer[key]));
    return ids.map((documentId, i) => ({
      id: String(documentId),
      document: typeof documents[i] === 'string' ? documents[i] : '',
      metadata: asObject(metadatas[i]),
      distance: Number(distances[i]),
    }));
  }

  #request(
    path: string,
    request: { method?: 'GET' | 'POST' | 'DELETE'; body?: object; signal?: AbortSignal | undefined },
  ): Promise<unknown> {
    return requestJson(this.#collections + path, { ...request, seconds: this.#options.requestSeconds });
  }
}

function collectionOf(answer: unknown): Collection {
  const { id, dimension } = asObject(answer);
  if (typeof id === 'string') return { id, dimension: typeof dimension === 'number' ? dimension : undefined };
  throw new TinsmithError({
    code: 'CHROMA_UNEXPECTED',
    message: 'the server does not answer like Chroma',
    found: JSON.stringify(answer)?.slice(0, 200),
    fix: 'baseUrl must be that of a Chroma server, version 1.0 or later',
  });
}

/** Answers are lists, one entry per query. */
const firstList = (value: unknown): readonly unknown[] =>
  Array.isArray(value) && Array.isArray(value[0]) ? (value[0] as unknown[]) : [];
