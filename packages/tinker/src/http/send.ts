/**
 * One HTTP exchange, over whatever the platform has: `fetch` (any, also the caller's), or in Node its own http modules,
 * which cost a third of its fetch per request. Knows nothing of retries, headers of the protocol, or JSON.
 */
import type * as Http from 'node:http';
import type * as Https from 'node:https';

export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string | Uint8Array<ArrayBuffer> | undefined;
}

export interface HttpResponse {
  readonly status: number;
  /** By name in lower case. */
  readonly header: (name: string) => string | undefined;
  readonly body: Uint8Array;
}

/** An exchange under way. `cancel` ends it now: `response` rejects with that reason. */
export interface Exchange {
  readonly response: Promise<HttpResponse>;
  readonly cancel: (reason: Error) => void;
}

/** Never follows a redirect: that is the caller's decision, since the key must not travel to another host. */
export interface Sender {
  readonly send: (request: HttpRequest) => Exchange;
  readonly close: () => void;
}

export type Fetch = (input: string, init: RequestInit) => Promise<Response>;

export function fetchSender(fetch: Fetch): Sender {
  return {
    send({ method, url, headers, body }) {
      const controller = new AbortController();
      const { promise: cancelled, reject } = Promise.withResolvers<never>();
      const answered = (async (): Promise<HttpResponse> => {
        const response = await fetch(url.href, {
          method,
          headers,
          redirect: 'manual',
          signal: controller.signal,
          ...(body !== undefined && { body }),
        });
        const bytes = new Uint8Array(await response.arrayBuffer());
        return {
          status: response.status,
          header: name => response.headers.get(name) ?? undefined,
          body: bytes,
        };
      })();
      return {
        // A fetch of the caller's may ignore its signal; a cancelled exchange still ends.
        response: Promise.race([answered, cancelled]),
        cancel(reason) {
          reject(reason);
          controller.abort(reason);
        },
      };
    },
    close() {},
  };
}

/** Node's modules, if this is Node; asked for at run time, so that bundles for browsers contain no trace of them. */
export function platformSender(): Sender {
  const { process } = globalThis as { process?: NodeJS.Process };
  const http = process?.versions.bun ? undefined : process?.getBuiltinModule?.('node:http');
  const https = http && process?.getBuiltinModule('node:https');
  return http && https
    ? nodeSender(http, https)
    : fetchSender((input, init) => globalThis.fetch(input, init));
}

function nodeSender(http: typeof Http, https: typeof Https): Sender {
  // How many requests are open at once is bounded by the caller; sockets are reused, latest first.
  const options = { keepAlive: true, scheduling: 'lifo' as const, maxFreeSockets: 64 };
  const agents = { http: new http.Agent(options), https: new https.Agent(options) };
  return {
    send(request) {
      const { promise: response, resolve, reject } = Promise.withResolvers<HttpResponse>();
      const { method, url, headers, body } = request;
      const secure = url.protocol === 'https:';
      const outgoing = (secure ? https : http).request({
        protocol: url.protocol,
        hostname: url.hostname.replace(/^\[|\]$/g, ''),
        port: url.port,
        path: url.pathname + url.search,
        method,
        headers: { ...headers, ...bodyLength(request) },
        agent: secure ? agents.https : agents.http,
      });
      outgoing.on('error', reject);
      outgoing.on('response', incoming => void readIncoming(incoming).then(resolve, reject));
      outgoing.end(body);
      return {
        response,
        cancel(reason) {
          reject(reason);
          outgoing.destroy();
        },
      };
    },
    close() {
      agents.http.destroy();
      agents.https.destroy();
    },
  };
}

function bodyLength({ method, body }: HttpRequest): Readonly<Record<string, number>> {
  if (body !== undefined)
    return { 'content-length': typeof body === 'string' ? Buffer.byteLength(body) : body.length };
  return method === 'GET' ? {} : { 'content-length': 0 };
}

function readIncoming(incoming: Http.IncomingMessage): Promise<HttpResponse> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = [];
    const cut = () => reject(new Error('the connection was cut in the middle of the answer'));
    incoming.on('data', (part: Buffer) => parts.push(part));
    incoming.on('error', reject);
    incoming.on('aborted', cut);
    incoming.on('end', () => {
      if (!incoming.complete) return cut();
      return resolve({
        status: incoming.statusCode ?? 0,
        header(name) {
          const value = incoming.headers[name];
          return Array.isArray(value) ? value.join(', ') : value;
        },
        body: parts.length === 1 ? parts[0]! : Buffer.concat(parts),
      });
    });
  });
}
