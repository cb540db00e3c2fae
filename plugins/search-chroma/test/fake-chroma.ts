/**
 * As much of a Chroma server as the plugin asks for, with exact search. That a real one answers the same is what
 * tools/peers/chroma checks.
 */
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Stored {
  readonly document: string;
  readonly metadata: object | null;
  readonly vector: readonly number[];
}

export interface FakeChroma extends AsyncDisposable {
  readonly url: string;
  readonly collections: Map<string, Map<string, Stored>>;
  /** Answered instead, if set. */
  status: number | undefined;
}

interface Body {
  readonly name: string;
  readonly ids: readonly string[];
  readonly documents: readonly string[];
  readonly metadatas: readonly (object | null)[];
  readonly embeddings: readonly (readonly number[])[];
  readonly query_embeddings: readonly (readonly number[])[];
  readonly n_results: number;
}

const BASE = '/api/v2/tenants/default_tenant/databases/default_database/collections';

export async function startFakeChroma(port = 0): Promise<FakeChroma> {
  const collections = new Map<string, Map<string, Stored>>();
  const state = { collections, status: undefined as number | undefined };
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const text = Buffer.concat(chunks).toString('utf8');
      const body = (text === '' ? {} : JSON.parse(text)) as Body;
      const [name = '', action = ''] = (request.url ?? '')
        .slice(BASE.length + 1)
        .split('/')
        .map(decodeURIComponent);
      const value = state.status === undefined ? answer(request.method ?? '', name, action, body) : undefined;
      const status = state.status ?? (value === undefined ? 404 : 200);
      response
        .writeHead(status, { 'content-type': 'application/json' })
        .end(JSON.stringify(value ?? { error: 'no' }));
    });
  });

  function answer(method: string, name: string, action: string, body: Body): unknown {
    if (name === '' && method === 'GET') return [...collections.keys()].map(describe);
    if (name === '') {
      if (!collections.has(body.name)) collections.set(body.name, new Map());
      return describe(body.name);
    }
    const documents = collections.get(name);
    if (!documents) return undefined;
    if (action === 'count') return documents.size;
    if (action === 'upsert') {
      for (const [i, id] of body.ids.entries()) {
        const [document, metadata, vector] = [body.documents[i]!, body.metadatas[i]!, body.embeddings[i]!];
        documents.set(id, { document, metadata, vector });
      }
      return {};
    }
    return action === 'query' ? nearest(documents, body) : describe(name);
  }

  /** The name serves as id. */
  const describe = (name: string) => ({
    id: name,
    name,
    dimension: [...(collections.get(name)?.values() ?? [])][0]?.vector.length ?? null,
  });

  await new Promise<void>(resolve => server.listen(port, '127.0.0.1', resolve));
  return Object.assign(state, {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  });
}

function nearest(
  documents: ReadonlyMap<string, Stored>,
  { query_embeddings: queries, n_results: limit }: Body,
) {
  const found = queries.map(query =>
    [...documents]
      .map(([id, stored]) => ({ id, ...stored, distance: 1 - cosine(query, stored.vector) }))
      .toSorted((a, b) => a.distance - b.distance)
      .slice(0, limit),
  );
  return {
    ids: found.map(hits => hits.map(({ id }) => id)),
    documents: found.map(hits => hits.map(({ document }) => document)),
    metadatas: found.map(hits => hits.map(({ metadata }) => metadata)),
    distances: found.map(hits => hits.map(({ distance }) => distance)),
  };
}

function cosine(a: readonly number[], b: readonly number[]): number {
  const dot = a.reduce((sum, value, i) => sum + value * b[i]!, 0);
  return dot / (Math.hypot(...a) * Math.hypot(...b) || 1);
}
