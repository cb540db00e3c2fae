/**
 * What a repository holds at a revision: asked from the hub, through `@huggingface/hub`, or taken from the cache.
 *
 * The library is used for what it knows of the hub's interface: commits, listings with their pages, errors. Its own
 * downloads are not: they do not resume, check nothing, and two processes write the same file (2.17.5).
 */
import { exists, type RepoCache } from './cache.js';
import { HubError } from './error.js';
import { isSafePath, type RepoFile, type RepoRequest, type Snapshot } from './repo.js';
import { request } from './request.js';
import { PassingFailure, withRetries } from './retry.js';
import type { HubSettings } from './settings.js';

/** @throws {HubError} HUB_NOT_CACHED, HUB_UNREACHABLE, HUB_NOT_FOUND, HUB_FORBIDDEN, HUB_RESPONSE_INVALID. */
export async function resolveSnapshot(
  wanted: RepoRequest,
  cache: RepoCache,
  settings: HubSettings,
): Promise<Snapshot> {
  const revision = wanted.revision ?? 'main';
  const isCommit = /^[0-9a-f]{40}$/.test(revision);
  const cachedCommit = isCommit ? revision : await cache.commitOf(revision);
  const cached = cachedCommit === undefined ? undefined : await cache.snapshotOf(cachedCommit);
  if (cached && (isCommit || settings.offline)) return cached;
  if (settings.offline) throw notCached(wanted, cache);
  try {
    const snapshot = await askHub(wanted, revision, cache, settings);
    await cache.keep(revision, snapshot);
    return snapshot;
  } catch (error) {
    if (!(error instanceof PassingFailure)) throw error;
    if (!cached) throw unreachable(wanted, cache, settings, error);
    settings.onNotice(
      `${wanted.repo}: the hub cannot be reached (${error.message}); the copy of commit ${cached.commit.slice(0, 8)} is used`,
    );
    return cached;
  }
}

async function askHub(
  wanted: RepoRequest,
  revision: string,
  cache: RepoCache,
  settings: HubSettings,
): Promise<Snapshot> {
  const { repo, kind } = wanted;
  const hub = await import('@huggingface/hub');
  const common = { hubUrl: settings.endpoint, fetch: wholeAnswers(settings) };
  try {
    const lookUp = { ...common, name: repo, revision, additionalFields: ['sha' as const] };
    const info = kind === 'model' ? await hub.modelInfo(lookUp) : await hub.datasetInfo(lookUp);
    const commit = info.sha;
    if (typeof commit !== 'string' || !/^[0-9a-f]{40,64}$/.test(commit)) {
      throw invalid(repo, 'the commit', commit);
    }
    const known = await cache.snapshotOf(commit);
    if (known) return known;
    const files: RepoFile[] = [];
    const listing = { ...common, repo: { type: kind, name: repo }, revision: commit, recursive: true };
    for await (const entry of hub.listFiles(listing)) {
      if (entry.type === 'file') files.push(checkEntry(repo, entry));
    }
    return { repo, kind, commit, files };
  } catch (error) {
    throw error instanceof hub.HubApiError ? refused(wanted, error.statusCode, settings) : error;
  }
}

/** `fetch` for small answers: a cut body is a failure of the request, so it is repeated as a whole. */
function wholeAnswers(settings: HubSettings): typeof fetch {
  return async input => {
    const address = input instanceof Request ? input.url : String(input);
    const ask = async (): Promise<Response> => {
      const { response, body } = await request(address, settings, { accept: 'application/json' });
      const chunks: Uint8Array[] = [];
      for await (const chunk of body()) chunks.push(chunk);
      const { status, statusText, headers } = response;
      const content = Buffer.concat(chunks);
      if (status < 300) checkJson(content, address);
      return new Response(content, { status, statusText, headers });
    };
    return withRetries(ask, settings.retry, { signal: settings.signal });
  };
}

function checkJson(content: Buffer, address: string): void {
  try {
    JSON.parse(content.toString('utf8'));
  } catch (cause) {
    throw new HubError({
      code: 'HUB_RESPONSE_INVALID',
      message: 'the answer is not JSON; is this a hub?',
      at: address,
      found: JSON.stringify(content.toString('utf8', 0, 60)),
      fix: 'check HF_ENDPOINT, and whether a proxy or a sign-in page answers instead',
      cause,
    });
  }
}

interface Entry {
  readonly path: unknown;
  readonly size: unknown;
  readonly oid?: unknown;
  readonly lfs?: { readonly oid: unknown; readonly size: unknown };
}

function checkEntry(repo: string, entry: Entry): RepoFile {
  const { path, size, oid } = entry.lfs ? { path: entry.path, ...entry.lfs } : entry;
  if (typeof path !== 'string' || !isSafePath(path)) throw invalid(repo, 'the path of a file', path);
  if (!Number.isSafeInteger(size) || Number(size) < 0) throw invalid(repo, `the size of ${path}`, size);
  const length = entry.lfs ? 64 : 40;
  if (typeof oid !== 'string' || oid.length !== length || !/^[0-9a-f]+$/.test(oid)) {
    throw invalid(repo, `the hash of ${path}`, oid);
  }
  return { path, size: Number(size), hash: { kind: entry.lfs ? 'sha256' : 'git-sha1', hex: oid } };
}

function invalid(repo: string, what: string, found: unknown): HubError {
  return new HubError({
    code: 'HUB_RESPONSE_INVALID',
    message: `the hub gives ${what} in a form that cannot be used`,
    at: repo,
    found: JSON.stringify(found) ?? 'nothing',
  });
}

function refused(
  { repo, kind, revision = 'main' }: RepoRequest,
  status: number,
  settings: HubSettings,
): HubError {
  const address = `${settings.endpoint}/${kind === 'dataset' ? 'datasets/' : ''}${repo}`;
  if (status === 404) {
    return new HubError({
      code: 'HUB_NOT_FOUND',
      message: `the hub has no ${kind} ${repo} with a revision ${revision}`,
      at: address,
      fix: 'check the id and the revision',
    });
  }
  const isLogin = status === 401 || status === 403;
  return new HubError({
    code: isLogin ? 'HUB_FORBIDDEN' : 'HUB_RESPONSE_INVALID',
    message: isLogin
      ? `${repo} does not exist, or is private or gated: the hub answers ${status}`
      : `the hub answers ${status} for ${repo}`,
    at: address,
    found: settings.token === undefined ? 'HF_TOKEN is not set' : 'HF_TOKEN is set',
    fix: isLogin
      ? 'check the id; accept the terms on its page; set HF_TOKEN to a token that may read it'
      : 'try later',
  });
}

function notCached({ repo, kind, revision = 'main' }: RepoRequest, cache: RepoCache): HubError {
  return new HubError({
    code: 'HUB_NOT_CACHED',
    message: `there is no copy of ${repo} (${revision}) here, and offline mode forbids asking the hub`,
    at: cache.folder,
    found: 'TINSMITH_OFFLINE is set',
    fix: `${putFilesHere(repo, kind)}, or unset TINSMITH_OFFLINE once`,
  });
}

function unreachable(
  { repo, kind }: RepoRequest,
  cache: RepoCache,
  settings: HubSettings,
  cause: PassingFailure,
): HubError {
  return new HubError({
    code: 'HUB_UNREACHABLE',
    message: `the hub cannot be reached, and there is no copy of ${repo} here`,
    at: settings.endpoint,
    found: `${cause.message}; nothing in ${cache.folder}`,
    fix: putFilesHere(repo, kind),
    cause,
  });
}

/** Advice for a machine without network: which files go where. */
export function putFilesHere(repo: string, kind: 'model' | 'dataset'): string {
  const variable = kind === 'model' ? 'TINSMITH_MODELS' : 'TINSMITH_DATA';
  const files =
    kind === 'model'
      ? 'config.json, tokenizer.json, tokenizer_config.json and *.safetensors'
      : 'README.md and the data files (parquet, jsonl, csv), in their folders';
  return `copy ${files} of ${repo} to FOLDER/${repo} and set ${variable}=FOLDER`;
}

/** The files of a snapshot that are not in the cache yet. */
export async function missingFiles(
  snapshot: Snapshot,
  files: readonly RepoFile[],
  cache: RepoCache,
): Promise<readonly RepoFile[]> {
  const found = await Promise.all(files.map(file => exists(cache.filePath(snapshot.commit, file.path))));
  return files.filter((_, i) => !found[i]);
}
