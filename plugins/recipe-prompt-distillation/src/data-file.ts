/** The two files of made data: read, replaced in one piece, or a problem that says where. Knows nothing about what is in them. */
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { messageOf, TinsmithError } from '@tinsmith/core';

/** Undefined if there is no such file. */
export async function readIfThere(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    if (['ENOENT', 'ENOTDIR'].includes((cause as NodeJS.ErrnoException).code ?? '')) return undefined;
    throw new TinsmithError({
      code: 'FILE_UNREADABLE',
      message: 'the file cannot be read',
      at: file,
      found: messageOf(cause),
      cause,
    });
  }
}

export interface LineFile {
  /** Written, in the order of the calls, when it resolves. After a failure every call fails. */
  append(line: string): Promise<void>;
  /** What was appended before the call outlives a crash of the machine. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/** Opens a file to add lines to, and makes its folder. `isTorn`: it ends within a line, which is closed first. */
export async function openLines(file: string, isTorn: boolean): Promise<LineFile> {
  await mkdir(dirname(file), { recursive: true }).catch(unwritable(file));
  const handle = await open(file, 'a').catch(unwritable(file));
  let separator = isTorn ? '\n' : '';
  let writing = Promise.resolve();
  return {
    append(line) {
      const text = `${separator}${line}\n`;
      separator = '';
      writing = writing.then(() => handle.appendFile(text)).catch(unwritable(file));
      return writing;
    },
    sync() {
      writing = writing.then(() => handle.sync()).catch(unwritable(file));
      return writing;
    },
    async close() {
      await writing.catch(() => {}); // whoever appended has heard of it
      await handle.close();
    },
  };
}

/** Readers see the old content or the new one, and so does whoever comes after a crash of the machine. */
export async function replaceFile(file: string, content: string): Promise<void> {
  const draft = `${file}.${process.pid}.tmp`;
  try {
    const handle = await open(draft, 'w');
    try {
      await handle.writeFile(content);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(draft, file);
  } catch (error) {
    await rm(draft, { force: true }).catch(() => {});
    unwritable(file)(error);
  }
}

const unwritable =
  (file: string) =>
  (cause: unknown): never => {
    if (TinsmithError.is(cause)) throw cause; // of the line before
    throw new TinsmithError({
      code: 'FILE_UNWRITABLE',
      message: 'the file cannot be written',
      at: file,
      found: messageOf(cause),
      fix: 'another place, or room and the right to write there',
      cause,
    });
  };
