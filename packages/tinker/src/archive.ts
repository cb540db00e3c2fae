/**
 * `@tinsmith/tinker/archive`: downloading checkpoints to a folder (protocol, sections 6.17 and 15), for Node, Deno and Bun.
 * An archive comes from the network, so nothing in it is trusted: links, devices, absolute paths and paths that leave
 * the folder are refused before anything is written, and the folder appears only when it is complete.
 */
import { createWriteStream } from 'node:fs';
import { mkdir, mkdtemp, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve, sep } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createZstdDecompress } from 'node:zlib';
import { badInput, badResponse, TinkerError } from './errors.js';
import { parseTinkerPath } from './path.js';
import type { RestClient } from './rest-client.js';
import type { ArchiveUrl } from './rest-types.js';
import { readTar } from './tar.js';

export interface DownloadOptions {
  readonly signal?: AbortSignal;
  /** Of everything together; more is refused. Default 64 GiB. */
  readonly maxBytes?: number;
  /** Replace an existing folder. Default false. */
  readonly force?: boolean;
  /** Default: the global fetch. The addresses are signed: no credential is sent along. */
  readonly fetch?: (input: string, init: RequestInit) => Promise<Response>;
}

const MAX_BYTES = 64 * 2 ** 30;

/**
 * Downloads a checkpoint into `folder`: the archive of a `weights` or `sampler_weights` path (0.25.0 servers, SkyRL), or
 * the files of an `external_weights` path (0.38.0). Gives the names of the files. Errors: `unsupported` where the
 * server's dialect has no such download, `bad_response` for an archive that is refused.
 */
export async function downloadCheckpoint(
  rest: RestClient,
  path: string,
  folder: string,
  options: DownloadOptions = {},
): Promise<string[]> {
  if (!options.force && (await exists(folder))) throw badInput(`${folder} exists; pass force to replace it`);
  if (/\/external_weights\/[^/]+$/.test(path)) {
    const { urls } = await rest.getExternalWeightsUrls(path, { signal: options.signal });
    return intoFolder(folder, options, async (target, take) => {
      for (const [name, url] of Object.entries(urls)) {
        const file = inside(target, name);
        await mkdir(dirname(file), { recursive: true });
        await pipeline(await fetchBody(url, options), counted(take), createWriteStream(file));
      }
      return Object.keys(urls);
    });
  }
  const { version } = await rest.dialect();
  if (version === '0.38.0')
    throw new TinkerError(
      'unsupported',
      'archives are gone in the dialect of SDK 0.38.0: save with saveWeightsExternal, and download that path',
    );
  const { url } = await archiveOf(rest, path, options.signal);
  return intoFolder(folder, options, async (target, take) =>
    extractTar(await fetchBody(url, options), target, take),
  );
}

/** Under the id that the server itself lists: SkyRL knows archives by the bare name alone (section 19.2). */
async function archiveOf(
  rest: RestClient,
  path: string,
  signal: AbortSignal | undefined,
): Promise<ArchiveUrl> {
  const { trainingRunId, checkpointId } = parseTinkerPath(path);
  const listed = await rest.listCheckpoints(trainingRunId, { signal }).catch((error: unknown) => {
    if (!TinkerError.is(error, 'not_found')) throw error;
    return [];
  });
  const id = listed.find(({ tinkerPath }) => tinkerPath === path)?.checkpointId ?? checkpointId;
  return rest.getCheckpointArchiveUrl(trainingRunId, id, { signal });
}

/** Extracts a tar file, plain, gzip or zstd by its first bytes, into a folder that exists. */
export async function extractTar(
  source: AsyncIterable<Uint8Array>,
  folder: string,
  take: (bytes: number) => void = () => {},
): Promise<string[]> {
  const files: string[] = [];
  for await (const entry of readTar(await decompressed(source))) {
    if (entry.kind === 'directory') {
      // SkyRL's archives have the folder itself as an entry without a name.
      if (!/^(\.?\/?)$/.test(entry.name)) await mkdir(inside(folder, entry.name), { recursive: true });
      continue;
    }
    if (entry.kind !== 'file')
      throw badResponse(
        `the archive is refused: "${entry.name}" is neither a file nor a folder (${entry.kind})`,
      );
    const file = inside(folder, entry.name);
    await mkdir(dirname(file), { recursive: true });
    // 'wx': a second entry of the same name must not write through what the first one made.
    await pipeline(Readable.from(entry.content), counted(take), createWriteStream(file, { flags: 'wx' }));
    files.push(entry.name);
  }
  return files;
}

/** A path below the folder, or an error. Backslashes and drive letters mean something on other systems: refused too. */
function inside(folder: string, name: string): string {
  const target = resolve(folder, name);
  const parts = name.split('/');
  const bad = name === '' || /[\\:\0]/.test(name) || name.startsWith('/') || parts.includes('..');
  if (bad || (target !== resolve(folder) && !target.startsWith(resolve(folder) + sep)))
    throw badResponse(`the archive is refused: "${name}" leads out of its folder`);
  return target;
}

async function intoFolder(
  folder: string,
  options: DownloadOptions,
  fill: (target: string, take: (bytes: number) => void) => Promise<string[]>,
): Promise<string[]> {
  const parent = dirname(resolve(folder));
  await mkdir(parent, { recursive: true });
  const target = await mkdtemp(join(parent, '.tinker-download-'));
  let left = options.maxBytes ?? MAX_BYTES;
  try {
    const files = await fill(target, bytes => {
      left -= bytes;
      if (left < 0)
        throw badResponse(`the checkpoint is larger than ${options.maxBytes ?? MAX_BYTES} bytes (maxBytes)`);
    });
    if (options.force) await rm(folder, { recursive: true, force: true });
    await rename(target, folder);
    return files;
  } catch (error) {
    await rm(target, { recursive: true, force: true });
    throw error;
  }
}

async function fetchBody(url: string, options: DownloadOptions): Promise<AsyncIterable<Uint8Array>> {
  const get = options.fetch ?? globalThis.fetch;
  const response = await get(url, options.signal ? { signal: options.signal } : {}).catch(
    (error: unknown) => {
      throw new TinkerError('connection', `the download could not be started: ${String(error)}`, {
        cause: error,
      });
    },
  );
  if (!response.ok || !response.body)
    throw new TinkerError('status', `the download was refused: ${response.status}`, {
      status: response.status,
    });
  return response.body;
}

const counted = (take: (bytes: number) => void) =>
  async function* (source: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    for await (const part of source) {
      take(part.length);
      yield part;
    }
  };

async function decompressed(source: AsyncIterable<Uint8Array>): Promise<AsyncIterable<Uint8Array>> {
  const parts = source[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  while (head.length < 4) {
    const { value, done } = await parts.next();
    if (done) break;
    head = Buffer.concat([head, value]);
  }
  async function* whole(): AsyncGenerator<Uint8Array> {
    yield head;
    yield* { [Symbol.asyncIterator]: () => parts };
  }
  if (head[0] === 0x1f && head[1] === 0x8b) return through(whole(), createGunzip());
  if (head.length >= 4 && head.readUInt32LE(0) === 0xfd2fb528)
    return through(whole(), createZstdDecompress());
  return whole();
}

function through(
  source: AsyncIterable<Uint8Array>,
  decoder: NodeJS.ReadWriteStream,
): AsyncIterable<Uint8Array> {
  // An error of either end reaches the reader of the decoder.
  pipeline(Readable.from(source), decoder).catch(() => {});
  return decoder as unknown as AsyncIterable<Uint8Array>;
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
