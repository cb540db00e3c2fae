/**
 * A hub on loopback, with the addresses, headers and redirects of the real one, that can be told to fail. Files over
 * ten bytes whose name ends in .bin or .parquet are kept as the hub keeps large files: SHA-256, redirect to storage
 * on another origin.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  readonly path: string;
  readonly range: string | undefined;
  readonly authorization: string | undefined;
  readonly at: number;
}

/** Handles a request instead of the hub; false: let the hub answer. */
export type Fault = (request: IncomingMessage, response: ServerResponse) => boolean;

const sha = (algorithm: string, ...parts: (string | Buffer)[]): string =>
  parts.reduce((hash, part) => hash.update(part), createHash(algorithm)).digest('hex');

export class FakeHub {
  readonly requests: SeenRequest[] = [];
  /** Faults for requests whose path includes the key, used up in order. */
  readonly faults = new Map<string, Fault[]>();
  /** Makes the bytes that are sent differ from those that were hashed. */
  tamper: (content: Buffer) => Buffer = content => content;
  ignoresRanges = false;
  pageSize = 1000;
  /** Without this token every request is answered with 401. */
  requiredToken: string | undefined;
  endpoint = '';
  private storage = '';
  private readonly servers: Server[] = [];
  private readonly repos = new Map<string, { commit: string; files: Map<string, Buffer> }>();

  static async start(): Promise<FakeHub> {
    const hub = new FakeHub();
    hub.endpoint = await hub.listen((request, response) => hub.answer(request, response));
    hub.storage = await hub.listen((request, response) => hub.answerStorage(request, response));
    return hub;
  }

  /** `kind/owner/name`, e.g. `datasets/openai/gsm8k`. The commit follows from the content. */
  put(repo: string, files: Readonly<Record<string, string | Buffer>>): string {
    const content = new Map(Object.entries(files).map(([path, file]) => [path, Buffer.from(file)]));
    const commit = sha(
      'sha1',
      JSON.stringify([...content].map(([path, file]) => [path, file.toString('hex')])),
    );
    this.repos.set(repo, { commit, files: content });
    return commit;
  }

  fail(path: string, ...faults: Fault[]): void {
    this.faults.set(path, [...(this.faults.get(path) ?? []), ...faults]);
  }

  requestsOf(path: string): SeenRequest[] {
    return this.requests.filter(request => request.path.includes(path));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const server of this.servers) server.closeAllConnections();
    await Promise.all(this.servers.map(server => new Promise(closed => server.close(closed))));
  }

  private async listen(
    handle: (request: IncomingMessage, response: ServerResponse) => void,
  ): Promise<string> {
    const server = createServer((request, response) => {
      const path = decodeURIComponent(request.url ?? '');
      const { range, authorization } = request.headers;
      this.requests.push({ path, range, authorization, at: performance.now() });
      for (const [part, faults] of this.faults) {
        if (path.includes(part) && faults.shift()?.(request, response)) return;
      }
      handle(request, response);
    });
    this.servers.push(server);
    await new Promise<void>(ready => server.listen(0, '127.0.0.1', ready));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  }

  private answer(request: IncomingMessage, response: ServerResponse): void {
    const url = new URL(request.url ?? '', this.endpoint);
    if (
      this.requiredToken !== undefined &&
      request.headers.authorization !== `Bearer ${this.requiredToken}`
    ) {
      json(response, 401, { error: 'Invalid username or password.' });
      return;
    }
    const api = /^\/api\/(models|datasets)\/(.+?)\/(revision|tree)\/([^/]+)$/.exec(url.pathname);
    if (api) {
      this.answerApi(api, url, response);
      return;
    }
    const file = /^\/(datasets\/)?(.+?)\/resolve\/([^/]+)\/(.+)$/.exec(url.pathname);
    const repo = file && this.repos.get(`${file[1] ? 'datasets' : 'models'}/${file[2]}`);
    const content = repo?.files.get(decodeURIComponent(file![4]!));
    if (!repo || !content || file[3] !== repo.commit) {
      json(response, 404, { error: 'Entry not found' });
      return;
    }
    if (isLarge(file[4]!, content)) {
      response
        .writeHead(302, { location: `${this.storage}/stored/${file[1] ?? ''}${file[2]}/${file[4]}` })
        .end();
      return;
    }
    this.send(request, response, content);
  }

  private answerApi(match: RegExpExecArray, url: URL, response: ServerResponse): void {
    const repo = this.repos.get(`${match[1]}/${match[2]}`);
    const revision = decodeURIComponent(match[4]!);
    if (!repo || !['main', 'HEAD', repo.commit].includes(revision)) {
      json(response, 404, { error: 'Repository not found' });
      return;
    }
    if (match[3] === 'revision') {
      json(response, 200, { _id: 'x', id: match[2], sha: repo.commit, lastModified: '2026-01-01T00:00:00Z' });
      return;
    }
    const entries = [...repo.files].map(([path, content]) => treeEntry(path, content));
    const from = Number(url.searchParams.get('cursor') ?? 0);
    url.searchParams.set('cursor', String(from + this.pageSize));
    const link: Record<string, string> =
      from + this.pageSize < entries.length ? { link: `<${url.href}>; rel="next"` } : {};
    json(
      response,
      200,
      [{ type: 'directory', path: 'data', size: 0 }, ...entries.slice(from, from + this.pageSize)],
      link,
    );
  }

  private answerStorage(request: IncomingMessage, response: ServerResponse): void {
    const [, repo, path] = /^\/stored\/((?:datasets\/)?[^/]+\/[^/]+)\/(.+)$/.exec(request.url ?? '')!;
    const key = repo!.startsWith('datasets/') ? repo! : `models/${repo}`;
    this.send(request, response, this.repos.get(key)!.files.get(decodeURIComponent(path!))!);
  }

  private send(request: IncomingMessage, response: ServerResponse, content: Buffer): void {
    const sent = this.tamper(content);
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    if (from === 0 || this.ignoresRanges) {
      response.writeHead(200, { 'content-length': sent.length }).end(sent);
      return;
    }
    const headers = { 'content-range': `bytes ${from}-${sent.length - 1}/${sent.length}` };
    response.writeHead(206, headers).end(sent.subarray(from));
  }
}

function isLarge(path: string, content: Buffer): boolean {
  return content.length > 10 && /\.(bin|parquet)$/.test(path);
}

function treeEntry(path: string, content: Buffer): object {
  const { length: size } = content;
  if (!isLarge(path, content)) {
    return { type: 'file', path, size, oid: sha('sha1', `blob ${size}\0`, content) };
  }
  const lfs = { oid: sha('sha256', content), size, pointerSize: 130 };
  return { type: 'file', path, size, oid: sha('sha1', 'pointer'), lfs, xetHash: sha('sha256', 'xet') };
}

function json(
  response: ServerResponse,
  status: number,
  value: unknown,
  headers: Record<string, string> = {},
): void {
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(value));
}

// ---- faults

export function failWith(code: number, headers: Record<string, string> = {}): Fault {
  return (_, response) => {
    response.writeHead(code, headers).end('no');
    return true;
  };
}

/** Promises the whole file, sends `bytes` of it, cuts the connection. */
export function cutAfter(bytes: number, content: Buffer): Fault {
  return (request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const rest = content.subarray(from);
    const range: Record<string, string> =
      from > 0 ? { 'content-range': `bytes ${from}-${content.length - 1}/${content.length}` } : {};
    response.writeHead(from > 0 ? 206 : 200, { 'content-length': rest.length, ...range });
    response.write(rest.subarray(0, bytes), () => setTimeout(() => response.destroy(), 5));
    return true;
  };
}

/** Answers 200 with this content and the length that belongs to it. */
export function answerWith(body: string | Buffer): Fault {
  return (_, response) => {
    response.writeHead(200, { 'content-length': Buffer.byteLength(body) }).end(body);
    return true;
  };
}

/** Takes the request and never says anything. */
export const silent: Fault = () => true;
export const hangUp: Fault = request => {
  request.socket.destroy();
  return true;
};
export function redirect(location: string): Fault {
  return (_, response) => {
    response.writeHead(307, { location }).end();
    return true;
  };
}
