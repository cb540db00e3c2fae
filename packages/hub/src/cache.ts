/**
 * The cache on disk. Each name appears only when its content is whole and checked:
 *
 *     <cache>/hub/<models|datasets>/<owner>/<name>/
 *       refs/<revision>.json       the commit that a branch or tag named when it was last looked up
 *       trees/<commit>.json        the files of a commit, with sizes and hashes
 *       snapshots/<commit>/<file>  the files themselves
 *       parts/                     downloads under way
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { RepoKind, Snapshot } from './repo.js';

export class RepoCache {
  readonly folder: string;

  constructor(cacheFolder: string, kind: RepoKind, repo: string) {
    this.folder = join(cacheFolder, 'hub', `${kind}s`, ...repo.split('/'));
  }

  get parts(): string {
    return join(this.folder, 'parts');
  }

  snapshotFolder(commit: string): string {
    return join(this.folder, 'snapshots', commit);
  }

  filePath(commit: string, file: string): string {
    return join(this.snapshotFolder(commit), ...file.split('/'));
  }

  async commitOf(revision: string): Promise<string | undefined> {
    return (await readJson<{ commit: string }>(this.refPath(revision)))?.commit;
  }

  async snapshotOf(commit: string): Promise<Snapshot | undefined> {
    return readJson<Snapshot>(join(this.folder, 'trees', `${commit}.json`));
  }

  async keep(revision: string, snapshot: Snapshot): Promise<void> {
    await writeJson(join(this.folder, 'trees', `${snapshot.commit}.json`), snapshot);
    await writeJson(this.refPath(revision), { commit: snapshot.commit });
  }

  private refPath(revision: string): string {
    return join(this.folder, 'refs', `${encodeURIComponent(revision)}.json`);
  }
}

export async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** A broken file counts as absent: it is written again. */
async function readJson<T>(path: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(path, 'utf8')) as T;
  } catch {
    return undefined;
  }
}

async function writeJson(path: string, value: unknown): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const temporary = `${path}.${randomUUID()}`;
  try {
    await writeFile(temporary, JSON.stringify(value));
    await rename(temporary, path);
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}
