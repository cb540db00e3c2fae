/**
 * The file that a download grows in. Its name says who writes it, so that two processes never write the same one,
 * and so that what a dead process left behind is continued. Taking over is one rename, which only one can win.
 */
import { randomUUID } from 'node:crypto';
import { mkdir, readdir, rename, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { threadId } from 'node:worker_threads';

/** Milliseconds without growth after which a file of another machine or a hanging process is no longer waited for. */
const ABANDONED = 60_000;
const registry = Symbol.for('tinsmith.hub.parts');
const host = hostname().replaceAll(/[^A-Za-z0-9-]/g, '-');
const writer = `${process.pid}-${threadId}`;
/** Shared by all copies of this package in the process: one must not take what another is writing. */
const ours = ((globalThis as { [registry]?: Set<string> })[registry] ??= new Set<string>());

/**
 * A part file for `key`, ours until released: one that was left behind, or a new name.
 * `busy`: another process is writing the same content now.
 */
export async function claimPart(
  folder: string,
  key: string,
): Promise<{ readonly path: string } | { readonly busy: true; readonly size: number }> {
  await mkdir(folder, { recursive: true });
  const path = join(folder, `${key}_${host}_${writer}_${randomUUID()}.part`);
  for (const name of await readdir(folder)) {
    if (!name.startsWith(`${key}_`)) continue;
    const other = join(folder, name);
    const [, theirHost, theirs] = name.split('_');
    const file = await stat(other).catch(() => undefined);
    if (file === undefined || ours.has(other)) continue;
    const isLeft = theirs === writer || !isAlive(Number.parseInt(theirs ?? '', 10));
    if (theirHost === host && isLeft) {
      const won = await rename(other, path).then(
        () => true,
        () => false,
      );
      if (!won) continue;
      break;
    }
    if (Date.now() - file.mtimeMs < ABANDONED) return { busy: true, size: file.size };
  }
  ours.add(path);
  return { path };
}

/** The file stays, for whoever continues. */
export function releasePart(path: string): void {
  ours.delete(path);
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'; // there, but of another user
  }
}
