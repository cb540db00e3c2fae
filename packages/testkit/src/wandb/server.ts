/**
 * A Weights & Biases server on loopback that keeps what clients send, for tests of clients: GraphQL by operation name,
 * file streams by offset, uploads. Proven with the official Python client by tools/peers/wandb. It can answer
 * badly on request: errors, limits, connections that are cut after the rows were taken.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { answerGraphql, type GraphqlRequest } from './graphql.js';
import { WandbRunState, type FileStreamBody } from './run-state.js';

export type WandbRoute = 'graphql' | 'file_stream' | 'upload';

/** How a request of a route is answered instead of well. */
export interface BadReply {
  readonly route: WandbRoute;
  /** Only for this GraphQL operation. */
  readonly operation?: string;
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Closes the connection without an answer: `before` the request counts, or `after`. */
  readonly drop?: 'before' | 'after';
}

export interface WandbRequest {
  readonly method: string;
  readonly path: string;
  readonly route: WandbRoute | 'other';
  readonly operation?: string;
  readonly authorization: string | undefined;
  readonly body: string;
}

export interface FakeWandb extends AsyncDisposable {
  readonly url: string;
  /** The only key that it takes. */
  readonly apiKey: string;
  readonly entity: string;
  readonly requests: readonly WandbRequest[];
  readonly runs: ReadonlyMap<string, WandbRunState>;
  /** The next requests of each route are answered like this, in turn. */
  answerBadly(...replies: readonly BadReply[]): void;
  close(): Promise<void>;
}

export interface FakeWandbOptions {
  readonly apiKey?: string;
  readonly entity?: string;
  readonly port?: number;
}

export async function startFakeWandb(options: FakeWandbOptions = {}): Promise<FakeWandb> {
  const { apiKey = '0123456789abcdef0123456789abcdef01234567', entity = 'tester' } = options;
  const requests: WandbRequest[] = [];
  const runs = new Map<string, WandbRunState>();
  const badReplies: BadReply[] = [];
  const expected = `Basic ${Buffer.from(`api:${apiKey}`).toString('base64')}`;

  const server = createServer((request, response) => {
    serve(request, response).catch((error: unknown) => {
      json(response, 500, { error: error instanceof Error ? error.message : String(error) });
    });
  });

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const bytes = await bodyOf(request);
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const route = routeOf(request.method, path);
    const body = route === 'upload' ? '' : bytes.toString('utf8');
    const query = route === 'graphql' ? (JSON.parse(body) as GraphqlRequest) : undefined;
    const operation = query && operationOf(query);
    requests.push({
      method: request.method ?? '',
      path,
      route,
      ...(operation !== undefined && { operation }),
      authorization: request.headers.authorization,
      body,
    });
    if ((route === 'graphql' || route === 'file_stream') && request.headers.authorization !== expected) {
      return json(response, 401, { errors: [{ message: 'user is not logged in' }] });
    }
    const bad = takeBadReply(route, operation);
    if (bad?.drop === 'before') return void response.destroy();
    if (bad?.status !== undefined) return json(response, bad.status, { error: 'injected' }, bad.headers);
    const answer = answerOf({ route, path, bytes, body, query });
    if (bad?.drop === 'after') return void response.destroy();
    json(response, answer === undefined ? 404 : 200, answer ?? { error: `nothing at ${path}` });
  }

  function answerOf(given: {
    route: WandbRoute | 'other';
    path: string;
    bytes: Buffer;
    body: string;
    query: GraphqlRequest | undefined;
  }): object | undefined {
    const { route, path, bytes, body, query } = given;
    if (query) {
      return answerGraphql(
        { ...query, operationName: operationOf(query) },
        { entity, runs, uploadBase: `${url}/upload` },
      );
    }
    const [, , ...parts] = path.split('/').map(decodeURIComponent);
    if (route === 'upload') {
      const [id = '', ...file] = parts;
      runs.get(id)?.uploads.set(file.join('/'), bytes);
      return {};
    }
    const run = route === 'file_stream' ? runs.get(parts[2] ?? '') : undefined;
    if (!run) return undefined;
    run.apply(JSON.parse(body) as FileStreamBody);
    return { exitcode: run.exitcode ?? null, limits: {}, ...(run.stopped && { stopped: true }) };
  }

  function takeBadReply(route: WandbRoute | 'other', operation: string | undefined): BadReply | undefined {
    const at = badReplies.findIndex(
      reply => reply.route === route && (reply.operation === undefined || reply.operation === operation),
    );
    return at < 0 ? undefined : badReplies.splice(at, 1)[0];
  }

  await new Promise<void>(resolve => server.listen(options.port ?? 0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = async () => {
    server.closeAllConnections();
    await new Promise(resolve => server.close(resolve));
  };
  return {
    url,
    apiKey,
    entity,
    requests,
    runs,
    answerBadly: (...replies) => void badReplies.push(...replies),
    close,
    [Symbol.asyncDispose]: close,
  };
}

function routeOf(method: string | undefined, path: string): WandbRoute | 'other' {
  if (method === 'POST' && path === '/graphql') return 'graphql';
  if (method === 'POST' && path.endsWith('/file_stream')) return 'file_stream';
  return method === 'PUT' && path.startsWith('/upload/') ? 'upload' : 'other';
}

/** Clients may leave the name out: then it stands in the query. */
const operationOf = ({ operationName, query }: GraphqlRequest): string =>
  operationName ?? /(?:query|mutation)\s+(\w+)/.exec(query)?.[1] ?? '';

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

function json(
  response: ServerResponse,
  status: number,
  value: object,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
}
