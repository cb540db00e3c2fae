/** A run folder of a run that is over, for the command: the same operations as during a run. */
import { appendFile, open, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunDirectory } from '@tinsmith/core';

export function folderOf(path: string): RunDirectory {
  const place = (file: string) => join(path, file);
  return {
    path,
    append: (file, line) => appendFile(place(file), `${line}\n`),
    read: file =>
      readFile(place(file), 'utf8').catch((error: unknown) => {
        if (isMissing(error)) return undefined;
        throw error;
      }),
    async write(file, content) {
      const draft = `${place(file)}.${process.pid}.tmp`;
      await writeFile(draft, content);
      await rename(draft, place(file));
    },
    async sync(file) {
      const handle = await open(place(file), 'r+').catch((error: unknown) => {
        if (isMissing(error)) return undefined;
        throw error;
      });
      await handle?.sync();
      await handle?.close();
    },
  };
}

const isMissing = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT';
