/** One file from the hub to its place in the cache: resumed where it was cut, checked, then renamed into place. */
import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { type FileHandle, mkdir, open, rename, rm, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { exists } from './cache.js';
import { HubError } from './error.js';
import { claimPart, releasePart } from './part-file.js';
import type { RepoFile } from './repo.js';
import { request } from './request.js';
import { PassingFailure, withRetries } from './retry.js';
import type { HubSettings } from './settings.js';

export interface Download {
  readonly repo: string;
  readonly file: RepoFile;
  readonly address: string;
  /** Where the file is to be. */
  readonly target: string;
  /** Folder for what is not whole yet, on the same disk. */
  readonly parts: string;
}

const underWay = new Map<string, Promise<void>>();

/** Resolves when the target is there, whole and checked. Calls for one target at the same time share one download. */
export function ensureDownloaded(download: Download, settings: HubSettings): Promise<void> {
  const running = underWay.get(download.target);
  if (running) return running;
  const started = ensure(download, settings).finally(() => underWay.delete(download.target));
  underWay.set(download.target, started);
  return started;
}

async function ensure(download: Download, settings: HubSettings): Promise<void> {
  const { repo, file, target } = download;
  const report = (receivedBytes: number, state: 'downloading' | 'waiting' | 'done'): void =>
    settings.onProgress({ repo, file: file.path, receivedBytes, totalBytes: file.size, state });
  for (;;) {
    if (await exists(target)) return;
    const part = await claimPart(download.parts, file.hash.hex);
    if ('busy' in part) {
      report(part.size, 'waiting');
      await sleep(200, undefined, settings.signal ? { signal: settings.signal } : {});
      continue;
    }
    try {
      await fill(part.path, download, settings, received => report(received, 'downloading'));
      await mkdir(dirname(target), { recursive: true });
      await rename(part.path, target);
    } catch (error) {
      throw explain(error, download);
    } finally {
      releasePart(part.path);
    }
    report(file.size, 'done');
    return;
  }
}

async function fill(
  path: string,
  download: Download,
  settings: HubSettings,
  report: (received: number) => void,
): Promise<void> {
  let received = 0;
  let wasWrong = false;
  let reportedAt = 0;
  const attempt = async (): Promise<void> => {
    const writer = await PartWriter.open(path, download.file);
    try {
      received = writer.size;
      if (received < download.file.size) {
        for await (const chunk of rangeFrom(writer, download, settings)) {
          await writer.write(chunk);
          received = writer.size;
          if (Date.now() - reportedAt < 100) continue;
          reportedAt = Date.now();
          report(received);
        }
      }
      if (received < download.file.size) {
        throw new PassingFailure(`the connection ended after ${received} of ${download.file.size} bytes`);
      }
      await writer.finish();
    } finally {
      await writer.close();
    }
    if (writer.isRight()) return;
    await rm(path, { force: true });
    if (wasWrong) throw wrongContent(download, writer.size);
    wasWrong = true; // once more from the start: a resumed part may have been damaged on this side
    throw new PassingFailure('the content does not have the hash that the hub states', { wait: 0 });
  };
  await withRetries(attempt, settings.retry, { progress: () => received, signal: settings.signal });
}

/** The bytes that are still missing. A server that ignores ranges sends everything: the part starts over. */
async function* rangeFrom(
  writer: PartWriter,
  { address, file }: Download,
  settings: HubSettings,
): AsyncGenerator<Uint8Array> {
  const from = writer.size;
  // identity: a compressed answer has neither the length nor the ranges of the file
  const headers: Record<string, string> = { 'accept-encoding': 'identity' };
  if (from > 0) headers['range'] = `bytes=${from}-`;
  const { response, body, discard } = await request(address, settings, headers);
  const start = /^bytes (\d+)-/.exec(response.headers.get('content-range') ?? '')?.[1];
  if (response.status === 416 || (response.status === 206 && Number(start) !== from)) {
    await discard();
    await writer.restart();
    throw new PassingFailure(`the hub did not send the range from byte ${from}`);
  }
  if (response.status !== 200 && response.status !== 206) {
    await discard();
    throw refused(response.status, address);
  }
  if (response.status === 200 && from > 0) await writer.restart();
  for await (const chunk of body()) {
    if (writer.size + chunk.length > file.size) {
      await writer.restart();
      throw new PassingFailure(`more than the ${file.size} bytes that the hub states`);
    }
    yield chunk;
  }
}

/** Appends to a part file and keeps the hash of what is in it. */
class PartWriter {
  size = 0;
  private readonly handle: FileHandle;
  private readonly file: RepoFile;
  private hash: Hash;

  private constructor(handle: FileHandle, file: RepoFile) {
    this.handle = handle;
    this.file = file;
    this.hash = startHash(file);
  }

  static async open(path: string, file: RepoFile): Promise<PartWriter> {
    const writer = new PartWriter(await open(path, 'a+'), file);
    const { size } = await stat(path);
    if (size > file.size) {
      await writer.restart();
      return writer;
    }
    for await (const chunk of createReadStream(path)) writer.hash.update(chunk as Uint8Array);
    writer.size = size;
    return writer;
  }

  async write(chunk: Uint8Array): Promise<void> {
    await this.handle.appendFile(chunk);
    this.hash.update(chunk);
    this.size += chunk.length;
  }

  async restart(): Promise<void> {
    await this.handle.truncate(0);
    this.hash = startHash(this.file);
    this.size = 0;
  }

  async finish(): Promise<void> {
    await this.handle.sync();
  }

  async close(): Promise<void> {
    await this.handle.close();
  }

  /** Once, at the end. */
  isRight(): boolean {
    return this.size === this.file.size && this.hash.digest('hex') === this.file.hash.hex;
  }
}

/** Large files state their SHA-256; small ones are blobs of git, whose hash covers a header. */
function startHash({ hash, size }: RepoFile): Hash {
  return hash.kind === 'sha256' ? createHash('sha256') : createHash('sha1').update(`blob ${size}\0`);
}

function wrongContent({ address, file }: Download, size: number): HubError {
  return new HubError({
    code: 'HUB_CHECKSUM',
    message: `${file.path} came twice with other content than the hub states; nothing was kept`,
    at: address,
    found: `${size} bytes whose ${file.hash.kind} is not ${file.hash.hex}`,
    fix: 'try later, or without a proxy that changes files',
  });
}

function refused(status: number, address: string): HubError {
  return new HubError({
    code: status === 401 || status === 403 ? 'HUB_FORBIDDEN' : 'HUB_RESPONSE_INVALID',
    message: `the hub refuses this file with status ${status}`,
    at: address,
    fix: 'accept the terms on its page if it has some, and set HF_TOKEN to a token that may read it',
  });
}

function explain(error: unknown, { address, file, parts }: Download): unknown {
  const code = (error as { code?: unknown } | undefined)?.code;
  if (code === 'ENOSPC' || code === 'EDQUOT') {
    return new HubError({
      code: 'HUB_DISK_FULL',
      message: `the disk has no room for ${file.path} (${file.size} bytes)`,
      at: parts,
      fix: 'make room, or set TINSMITH_CACHE to a folder on another disk; the download goes on where it was',
      cause: error,
    });
  }
  if (!(error instanceof PassingFailure)) return error;
  return new HubError({
    code: error.isUnreachable ? 'HUB_UNREACHABLE' : 'HUB_DOWNLOAD_FAILED',
    message: `${file.path} could not be downloaded: ${error.message}`,
    at: address,
    fix: 'run again: the download goes on where it was',
    cause: error,
  });
}
