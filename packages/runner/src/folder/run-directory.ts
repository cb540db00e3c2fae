/** The folder of a run on the local disk. */
import { existsSync } from 'node:fs';
import { mkdir, open, readFile, rename, rm, type FileHandle } from 'node:fs/promises';
import { dirname, isAbsolute, join, normalize, sep } from 'node:path';
import { TinsmithError, type RunDirectory } from '@tinsmith/core';
import { codeOf } from '../error-code.js';

export class LocalRunDirectory implements RunDirectory {
  readonly path: string;
  readonly #redact: (text: string) => string;
  /** Appends to one file happen in the order of the calls, one at a time. */
  readonly #tails = new Map<string, Promise<void>>();
  readonly #folders = new Set<string>();
  #onGone: () => void = () => {};

  /** `redact` takes secrets out of everything that is written. */
  constructor(path: string, redact: (text: string) => string = text => text) {
    this.path = path;
    this.#redact = redact;
  }

  /** Called when somebody has deleted the folder: it is made anew, since what comes after is worth keeping. */
  onGone(tell: () => void): void {
    this.#onGone = tell;
  }

  append(file: string, line: string): Promise<void> {
    return this.#inTurn(file, async path => {
      const handle = await open(path, 'a');
      try {
        await writeOnce(handle, `${this.#redact(line)}\n`, path);
      } finally {
        await handle.close();
      }
    });
  }

  /** As `append`, and on the disk when it resolves: what is in the file outlives a crash of the machine. */
  appendDurably(file: string, text: string): Promise<void> {
    return this.#inTurn(file, async path => {
      const handle = await open(path, 'a');
      try {
        await writeOnce(handle, this.#redact(text), path);
        await handle.sync();
      } finally {
        await handle.close();
      }
    });
  }

  sync(file: string): Promise<void> {
    return this.#inTurn(file, async path => {
      const handle = await openExisting(path);
      if (!handle) return;
      try {
        await handle.sync();
      } finally {
        await handle.close();
      }
    });
  }

  async read(file: string): Promise<string | undefined> {
    try {
      return await readFile(this.#resolve(file), 'utf8');
    } catch (error) {
      if (codeOf(error) === 'ENOENT') return undefined;
      throw error;
    }
  }

  write(file: string, content: string): Promise<void> {
    return this.writeAsIs(file, this.#redact(content));
  }

  /** As `write`, for a content whose secrets have been taken out where they may stand. */
  writeAsIs(file: string, content: string): Promise<void> {
    return this.#inTurn(file, async path => {
      const draft = `${path}.${process.pid}.tmp`;
      try {
        const handle = await open(draft, 'w');
        try {
          await handle.writeFile(content);
          await handle.sync();
        } finally {
          await handle.close();
        }
        await rename(draft, path);
      } catch (error) {
        await rm(draft, { force: true });
        throw error;
      }
    });
  }

  /** Resolves when every append and write so far has ended, well or not. */
  async settled(): Promise<void> {
    await Promise.allSettled(this.#tails.values());
  }

  /** Takes its place in the queue when it is called, not when it is awaited. */
  async #inTurn(file: string, action: (path: string) => Promise<void>): Promise<void> {
    const path = this.#resolve(file);
    const before = this.#tails.get(path) ?? Promise.resolve();
    const mine = before.then(async () => {
      await this.#ensureFolder(dirname(path));
      try {
        await action(path);
      } catch (error) {
        // Somebody deleted the folder; another file's turn may have made it anew since.
        if (codeOf(error) !== 'ENOENT') throw error;
        if (!existsSync(this.path)) this.#onGone();
        this.#folders.clear();
        await this.#ensureFolder(dirname(path));
        await action(path);
      }
    });
    this.#tails.set(
      path,
      mine.catch(() => {}),
    );
    await mine;
  }

  async #ensureFolder(folder: string): Promise<void> {
    if (this.#folders.has(folder)) return;
    await mkdir(folder, { recursive: true });
    this.#folders.add(folder);
  }

  #resolve(file: string): string {
    const normal = normalize(file);
    if (isAbsolute(file) || normal === '..' || normal.startsWith(`..${sep}`)) {
      throw new TinsmithError({
        code: 'PATH_OUTSIDE_RUN',
        message: 'a file of the run must be inside the run folder',
        found: file,
        fix: 'a path relative to the run folder',
      });
    }
    return join(this.path, normal);
  }
}

/** For writing, which Windows wants of a handle that is synced. */
async function openExisting(path: string): Promise<FileHandle | undefined> {
  try {
    return await open(path, 'r+');
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

/** One write call, so that a kill leaves the line or nothing of it; a full disk is an error and leaves no half line. */
async function writeOnce(handle: FileHandle, text: string, path: string): Promise<void> {
  const { bytesWritten } = await handle.write(text);
  const wanted = Buffer.byteLength(text);
  if (bytesWritten === wanted) return;
  const { size } = await handle.stat();
  await handle.truncate(size - bytesWritten); // the next line must not be glued to this one
  throw new Error(`only ${bytesWritten} of ${wanted} bytes fitted into ${path}`);
}
