/** The hub as its users see it: files of a repository as local paths. */
import { readdir, stat } from 'node:fs/promises';
import { join, relative, sep } from 'node:path';
import { RepoCache } from './cache.js';
import { ensureDownloaded } from './download.js';
import { HubError } from './error.js';
import { checkRepoId, type RepoFile, type RepoKind, type RepoRequest, type Snapshot } from './repo.js';
import { type HubOptions, type HubSettings, hubSettings } from './settings.js';
import { missingFiles, putFilesHere, resolveSnapshot } from './snapshot.js';

/** A repository whose files can be listed and fetched. */
export interface Repository {
  readonly repo: string;
  /** Of the files; undefined for a local folder. */
  readonly commit: string | undefined;
  /** Where the files are, or will be. */
  readonly folder: string;
  /** Paths with `/`, sorted. */
  readonly files: readonly { readonly path: string; readonly size: number }[];
  /** Makes sure that these files are in the folder. Default: all. */
  fetch(paths?: readonly string[]): Promise<void>;
}

export interface Hub {
  /** Looks a repository up: in the local folders, on the hub, or in the cache if the hub cannot be reached. */
  open(request: RepoRequest): Promise<Repository>;
  /** The absolute path of one file. */
  resolveFile(request: RepoRequest & { readonly file: string }): Promise<string>;
  /** The folder with the files that `include` accepts (default: all), every one checked. */
  downloadRepo(
    request: RepoRequest & { readonly include?: ((path: string) => boolean) | undefined },
  ): Promise<string>;
}

/** Reads the environment once; connects to nothing. All failures are HubErrors. */
export function createHub(options: HubOptions = {}, env?: Readonly<Record<string, string | undefined>>): Hub {
  const settings = hubSettings(options, env);
  const open = async (request: RepoRequest): Promise<Repository> => {
    checkRepoId(request.repo);
    return (await openLocal(request, settings)) ?? openRemote(request, settings);
  };
  return {
    open,
    async resolveFile({ file, ...request }) {
      const repository = await open(request);
      await repository.fetch([file]);
      return join(repository.folder, ...file.split('/'));
    },
    async downloadRepo({ include = () => true, ...request }) {
      const repository = await open(request);
      await repository.fetch(repository.files.map(file => file.path).filter(include));
      return repository.folder;
    },
  };
}

async function openLocal(request: RepoRequest, settings: HubSettings): Promise<Repository | undefined> {
  const folder = await findLocalFolder(request.kind, request.repo, settings.localFolders[request.kind]);
  return folder === undefined ? undefined : openFolder(request.repo, folder);
}

/** `<folder>/<owner>/<name>` or `<folder>/<name>` of the first folder that has it. */
export async function findLocalFolder(
  kind: RepoKind,
  repo: string,
  folders: readonly string[] = hubSettings({}).localFolders[kind],
): Promise<string | undefined> {
  const names = [repo, repo.slice(repo.indexOf('/') + 1)];
  for (const folder of folders) {
    for (const name of names) {
      const path = join(folder, ...name.split('/'));
      if (
        await stat(path)
          .then(found => found.isDirectory())
          .catch(() => false)
      )
        return path;
    }
  }
  return undefined;
}

/** A folder on this machine as a repository. */
export async function openFolder(repo: string, folder: string): Promise<Repository> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const found = await Promise.all(
    entries.map(async entry => {
      const path = join(entry.parentPath, entry.name);
      const file = await stat(path).catch(() => undefined); // follows links; a dangling one is no file
      return file?.isFile()
        ? { path: relative(folder, path).split(sep).join('/'), size: file.size }
        : undefined;
    }),
  );
  const files = found.filter(file => file !== undefined).toSorted(byPath);
  return {
    repo,
    commit: undefined,
    folder,
    files,
    async fetch(paths = []) {
      for (const path of paths) findFile({ repo, files, at: folder }, path);
    },
  };
}

async function openRemote(request: RepoRequest, settings: HubSettings): Promise<Repository> {
  const cache = new RepoCache(settings.cacheFolder, request.kind, request.repo);
  const snapshot = await resolveSnapshot(request, cache, settings);
  const folder = cache.snapshotFolder(snapshot.commit);
  return {
    repo: snapshot.repo,
    commit: snapshot.commit,
    folder,
    files: snapshot.files.map(({ path, size }) => ({ path, size })).toSorted(byPath),
    async fetch(paths) {
      const { repo, files } = snapshot;
      const at = `${repo} at commit ${snapshot.commit.slice(0, 8)}`;
      const wanted = paths?.map(path => findFile({ repo, files, at }, path)) ?? files;
      const missing = await missingFiles(snapshot, wanted, cache);
      if (missing.length > 0 && settings.offline) throw filesNotCached(snapshot, missing, folder);
      await inParallel(missing, 4, file =>
        ensureDownloaded(
          {
            repo,
            file,
            address: fileAddress(settings.endpoint, snapshot, file.path),
            target: cache.filePath(snapshot.commit, file.path),
            parts: cache.parts,
          },
          settings,
        ),
      );
    },
  };
}

function fileAddress(endpoint: string, { kind, repo, commit }: Snapshot, path: string): string {
  const file = path.split('/').map(encodeURIComponent).join('/');
  return `${endpoint}/${kind === 'dataset' ? 'datasets/' : ''}${repo}/resolve/${commit}/${file}`;
}

function findFile<F extends { readonly path: string }>(
  { repo, files, at }: { repo: string; files: readonly F[]; at: string },
  path: string,
): F {
  const file = files.find(each => each.path === path);
  if (file) return file;
  const names = files.map(each => each.path);
  throw new HubError({
    code: 'HUB_FILE_UNKNOWN',
    message: `${repo} has no file ${path}`,
    at,
    found: names.length === 0 ? 'no files' : listSome(names),
    fix: 'check the name; capitals count',
  });
}

function filesNotCached(snapshot: Snapshot, missing: readonly RepoFile[], folder: string): HubError {
  return new HubError({
    code: 'HUB_NOT_CACHED',
    message: `${missing.length} files of ${snapshot.repo} are not here, and offline mode forbids fetching them`,
    at: folder,
    found: `missing: ${listSome(missing.map(file => file.path))}`,
    fix: `put them into that folder; or ${putFilesHere(snapshot.repo, snapshot.kind)}; or unset TINSMITH_OFFLINE once`,
  });
}

function listSome(names: readonly string[]): string {
  return names.slice(0, 12).join(', ') + (names.length > 12 ? ` and ${names.length - 12} more` : '');
}

function byPath(a: { readonly path: string }, b: { readonly path: string }): number {
  return a.path < b.path ? -1 : 1;
}

/** The first failure ends it, after the calls under way have ended. */
async function inParallel<T>(
  items: readonly T[],
  limit: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const left = [...items];
  const worker = async (): Promise<void> => {
    for (let item = left.shift(); item !== undefined; item = left.shift()) {
      try {
        await work(item);
      } catch (error) {
        left.length = 0;
        throw error;
      }
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: limit }, worker));
  const failed = outcomes.find(outcome => outcome.status === 'rejected');
  if (failed) throw failed.reason;
}
