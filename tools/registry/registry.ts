/**
 * A minimal npm registry on loopback, in memory: takes what is published, gives it back, and sends requests
 * for any other package on to the registry that npm is configured for. For rehearsing a release.
 */
import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

interface Version {
  readonly dist: { readonly tarball: string; readonly integrity: string; readonly shasum: string };
  readonly [field: string]: unknown;
}

/** The document of a package, as far as installs need it. */
interface Packument {
  readonly name: string;
  readonly 'dist-tags': Record<string, string>;
  readonly versions: Record<string, Version>;
}

interface Publication extends Packument {
  readonly _attachments: Record<string, { readonly data: string }>;
}

export interface Registry {
  readonly url: string;
  /** `name@version` of everything that was published here, in order. */
  readonly published: readonly string[];
  close(): Promise<void>;
}

/** @param upstream where other packages come from. */
export async function startRegistry(upstream: string): Promise<Registry> {
  const packages = new Map<string, Packument>();
  const tarballs = new Map<string, Buffer>();
  const published: string[] = [];

  const server: Server = createServer((request, response) => {
    handle(request, response).catch((error: unknown) => answer(response, 500, { error: String(error) }));
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;

  async function handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent(new URL(request.url ?? '/', url).pathname).slice(1);
    if (request.method === 'PUT') return publish(JSON.parse(await bodyOf(request)) as Publication, response);
    const tarball = tarballs.get(path);
    if (tarball) return void response.end(tarball);
    const known = packages.get(path);
    if (known) return answer(response, 200, known);
    response.writeHead(307, { location: new URL(request.url!.slice(1), upstream).href }).end();
  }

  function publish({ _attachments, ...document }: Publication, response: ServerResponse): void {
    const { name } = document;
    const before = packages.get(name);
    const fresh = Object.entries(document.versions);
    const taken = fresh.find(([version]) => before?.versions[version]);
    if (taken) return answer(response, 403, { error: `you cannot publish over ${name}@${taken[0]}` });
    const [[, attachment] = []] = Object.entries(_attachments);
    const data = Buffer.from(attachment?.data ?? '', 'base64');
    const versions = fresh.map(([version, manifest]) => {
      const path = `${name}/-/${version}.tgz`;
      tarballs.set(path, data);
      published.push(`${name}@${version}`);
      const integrity = `sha512-${createHash('sha512').update(data).digest('base64')}`;
      const shasum = createHash('sha1').update(data).digest('hex');
      return [version, { ...manifest, dist: { tarball: url + path, integrity, shasum } }];
    });
    packages.set(name, {
      name,
      'dist-tags': { ...before?.['dist-tags'], ...document['dist-tags'] },
      versions: { ...before?.versions, ...(Object.fromEntries(versions) as Record<string, Version>) },
    });
    answer(response, 201, { ok: true });
  }

  return {
    url,
    published,
    async close() {
      server.closeAllConnections();
      await new Promise(resolve => server.close(resolve));
    },
  };
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

async function bodyOf(request: IncomingMessage): Promise<string> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts).toString('utf8');
}
