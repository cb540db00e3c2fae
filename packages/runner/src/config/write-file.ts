/** Files that a command writes where the user said. */
import { writeFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { statSync } from 'node:fs';
import { messageOf, TinsmithError } from '@tinsmith/core';

/** Throws FILE_UNWRITABLE if the folder of a file is not there. `shown` is the file as people see it. */
export function requireFolder(file: string, shown: string): void {
  if (statSync(dirname(file), { throwIfNoEntry: false })?.isDirectory()) return;
  throw unwritable(shown, `there is no folder ${dirname(file)}`, `mkdir -p ${dirname(file)}`);
}

/** Throws FILE_UNWRITABLE. */
export async function writeTextFile(
  file: string,
  text: string,
  { shown, flag }: { readonly shown: string; readonly flag?: 'w' | 'wx' },
): Promise<void> {
  requireFolder(file, shown);
  await writeFile(file, text, { flag: flag ?? 'w' }).catch((cause: unknown) => {
    throw unwritable(shown, messageOf(cause), undefined, cause);
  });
}

const unwritable = (at: string, reason: string, fix?: string, cause?: unknown) =>
  new TinsmithError({
    code: 'FILE_UNWRITABLE',
    message: `the file cannot be written: ${reason}`,
    at,
    fix,
    cause,
  });
