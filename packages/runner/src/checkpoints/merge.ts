/**
 * `merge` needs an engine's knowledge of weights, so the command `checkpoints` of a plugin does it. A checkpoint of another engine
 * is fetched for it first.
 */
import { existsSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { Commands, TinsmithError } from '@tinsmith/core';
import type { Offer } from '@tinsmith/core/kernel';
import type { OpenEngine } from './open-engine.js';

export interface Merging {
  readonly open: OpenEngine;
  /** `merge PATH OUT ...` with the plugin's flags. */
  readonly argv: readonly string[];
  readonly cwd: string;
  readonly call: (offer: Offer, argv: readonly string[]) => Promise<number>;
}

/** Returns the exit code. */
export async function merge({ open, argv, cwd, call }: Merging): Promise<number> {
  const offer = open.kernel.offers(Commands).find(({ name }) => name === 'checkpoints');
  if (!offer)
    throw new TinsmithError({
      code: 'COMMAND_UNKNOWN',
      message: 'no plugin of the config can merge checkpoints',
      at: 'plugins',
      fix: 'add @tinsmith/engine-local to the plugins: it merges checkpoints of every engine',
    });
  const [, path] = argv;
  const isElsewhere = path !== undefined && !path.startsWith('-') && !existsSync(resolve(cwd, path));
  if (!isElsewhere || open.chosen().plugin === offer.plugin) return call(offer, argv);
  const store = await open.checkpoints();
  const folder = await mkdtemp(join(tmpdir(), 'tinsmith-merge-'));
  try {
    const fetched = join(folder, 'checkpoint');
    await store.download(path, fetched);
    return await call(offer, ['merge', fetched, ...argv.slice(2)]);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}
