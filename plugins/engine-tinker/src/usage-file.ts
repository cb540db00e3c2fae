/** What a run has used so far, in its folder: a budget holds for the run, not for one attempt at it. */
import { readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { TinsmithError } from '@tinsmith/core';
import { z } from 'zod';
import type { BudgetState } from './budget.js';

const NAME = 'tinker-usage.json';

const tokens = z.int().min(0);
const content = z.object({
  models: z.record(z.string(), z.object({ prefill: tokens, sample: tokens, train: tokens })),
  step: z.object({ tokens, cost: z.number().min(0) }),
});

/** Undefined if there is no file: nothing was used. */
export async function readUsage(runFolder: string): Promise<BudgetState | undefined> {
  const file = join(runFolder, NAME);
  const text = await readFile(file, 'utf8').catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  });
  if (text === undefined) return undefined;
  try {
    return content.parse(JSON.parse(text));
  } catch (cause) {
    throw new TinsmithError({
      code: 'USAGE_UNREADABLE',
      plugin: '@tinsmith/engine-tinker',
      message: 'what the run has used so far cannot be read, so its budget cannot be kept',
      at: file,
      fix: 'remove the file: counting then begins at zero',
      cause,
    });
  }
}

export async function writeUsage(runFolder: string, state: BudgetState): Promise<void> {
  const file = join(runFolder, NAME);
  await writeFile(`${file}.new`, `${JSON.stringify(state, undefined, 2)}\n`);
  await rename(`${file}.new`, file);
}
