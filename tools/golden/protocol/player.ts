/**
 * A recording as a server on loopback, by the rules of the recordings' README: for a request, the first unused exchange that means
 * the same; its status, headers and bytes. What never matched, and what was never asked for, is told at the end.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { difference } from './meaning.ts';
import { decodeTrainingRequest } from './protobuf.ts';
import {
  answerOf,
  bodyOf,
  isLoose,
  parseExactly,
  pathOf,
  type Exchange,
  type Recording,
  type RecordedRequest,
} from './recording.ts';

export interface Player {
  readonly url: string;
  /** How many exchanges have been answered. */
  readonly answered: () => number;
  /** Resolves when that exchange has been played, or rejects after a while. */
  readonly played: (exchange: Exchange) => Promise<void>;
  /** Requests that matched nothing, each with the nearest recorded one. */
  readonly unmatched: readonly string[];
  readonly unused: (isExempt: (exchange: Exchange) => boolean) => readonly Exchange[];
  readonly close: () => Promise<void>;
}

/** Headers that would describe the connection, not the answer. */
const HOP_HEADERS = new Set([
  'content-length',
  'transfer-encoding',
  'connection',
  'keep-alive',
  'date',
  'server',
]);

export async function play(recording: Recording): Promise<Player> {
  const used = new Set<Exchange>();
  const unmatched: string[] = [];
  const listeners = new Set<() => void>();
  let answered = 0;

  const find = (ours: RecordedRequest, path: string): Exchange | undefined => {
    const sameCall = recording.exchanges.filter(
      exchange =>
        exchange.req.method === ours.method &&
        pathOf(exchange) === path &&
        JSON.stringify(query(exchange.req)) === JSON.stringify(query(ours)),
    );
    const repeats = isLoose(path) || path === 'retrieve_future' || path === 'retrieve_futures';
    const same = sameCall.filter(
      exchange => isLoose(path) || difference(exchange.req, ours, path) === undefined,
    );
    const fresh = same.find(exchange => !used.has(exchange));
    if (fresh) return fresh;
    if (repeats && same.length > 0) return same.at(-1);
    const nearest = sameCall.find(exchange => !used.has(exchange)) ?? sameCall.at(-1);
    const why = nearest
      ? (difference(nearest.req, ours, path) ?? 'it was recorded less often')
      : 'no such call was recorded';
    unmatched.push(`${ours.method} ${path}: ${why}`);
    return undefined;
  };

  const handle = (request: IncomingMessage, response: ServerResponse, raw: Buffer): void => {
    const url = new URL(request.url ?? '', 'http://loopback');
    const path = url.pathname.replace(/^\/api\/v1\//, '');
    const type = request.headers['content-type'] ?? '';
    const ours: RecordedRequest = {
      method: request.method ?? '',
      path: url.pathname,
      query: Object.fromEntries(url.searchParams),
      headers: request.headers as Record<string, string>,
      ...(raw.length > 0 &&
        (type.includes('protobuf')
          ? { proto: decodeTrainingRequest(raw) }
          : { json: parseExactly(raw.toString()) })),
    };
    // Asked for, but not recorded to the end: never answered, as far as the recording knows.
    if (path === 'retrieve_future' && isOpen(ours)) return;
    // On a slow machine a short session lives long enough for a heartbeat, which the recording then has not.
    if (path === 'session_heartbeat' && !recording.exchanges.some(each => pathOf(each) === path)) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end('{}');
      return;
    }
    const exchange = find(ours, path);
    if (!exchange) {
      response.writeHead(418, { 'content-type': 'application/json' });
      response.end('{"detail":"not in the recording"}');
      return;
    }
    used.add(exchange);
    answered++;
    if (exchange.res.cut !== undefined) request.socket.destroy();
    else void held(exchange).then(() => answer(response, exchange));
    for (const listener of listeners) listener();
  };

  const isOpen = (ours: RecordedRequest): boolean => {
    const id = (ours.json as { request_id?: unknown }).request_id;
    const polls = recording.exchanges.filter(
      each => pathOf(each) === 'retrieve_future' && bodyOf(each)['request_id'] === id,
    );
    const known = recording.exchanges.some(
      each => answerOf(each)['request_id'] === id && pathOf(each) !== 'retrieve_future',
    );
    return known && polls.length === 0;
  };

  const played = (exchange: Exchange): Promise<void> => {
    return new Promise((resolve, reject) => {
      const check = () => {
        if (!used.has(exchange) && unmatched.length === 0) return;
        listeners.delete(check);
        clearTimeout(timer);
        resolve();
      };
      const timer = setTimeout(() => {
        listeners.delete(check);
        reject(new Error(`${exchange.req.method} ${pathOf(exchange)} (${exchange.i}) was never asked for`));
      }, 20_000);
      listeners.add(check);
      check();
    });
  };

  /** An answer that was held until a sample had been given up must not come before that. */
  const held = async (exchange: Exchange): Promise<void> => {
    const cancels = recording.exchanges.filter(
      other =>
        pathOf(other) === 'cancel_future' &&
        other.t0 > exchange.t0 &&
        other.t0 < (exchange.t1 ?? exchange.t0),
    );
    for (const other of cancels) await played(other);
  };

  const server = createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => handle(request, response, Buffer.concat(parts)));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answered: () => answered,
    unmatched,
    played,
    unused: isExempt =>
      recording.exchanges.filter(
        exchange => !used.has(exchange) && !isLoose(pathOf(exchange)) && !isExempt(exchange),
      ),
    close: () =>
      new Promise(resolve => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

const query = (request: RecordedRequest): readonly [string, string][] =>
  Object.entries(request.query ?? {}).toSorted(([a], [b]) => (a < b ? -1 : 1));

function answer(response: ServerResponse, { res }: Exchange): void {
  const body =
    res.b64 !== undefined
      ? Buffer.from(res.b64, 'base64')
      : Buffer.from(res.text ?? (res.json === undefined ? '' : stringify(res.json)));
  const headers = Object.fromEntries(
    Object.entries(res.headers ?? {}).filter(([name]) => !HOP_HEADERS.has(name)),
  );
  const chunked = res.headers?.['transfer-encoding'] === 'chunked';
  const empty = res.status === 204;
  response.writeHead(res.status ?? 500, {
    ...headers,
    ...(!chunked && !empty && { 'content-length': body.length }),
  });
  if (chunked) response.write(body);
  response.end(chunked ? undefined : body);
}

/** Bigints back to the digits that they were. */
const stringify = (value: unknown): string =>
  JSON.stringify(value, (_key, item: unknown) => (typeof item === 'bigint' ? `@${item}@` : item)).replace(
    /"@(-?\d+)@"/g,
    '$1',
  );
