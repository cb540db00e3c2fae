/** `tinsmith sync LOG_PATH`: sends what a run that is over has not sent. Safe to repeat. */
import { hostname } from 'node:os';
import { resolve } from 'node:path';
import {
  readCommandArguments,
  TinsmithError,
  type Command,
  type CommandContext,
  type RunDirectory,
  type Secrets,
} from '@tinsmith/core';
import { apiKey } from './account.js';
import { WandbApi, WandbFailure } from './api.js';
import { Delivery } from './delivery.js';
import { folderOf } from './folder.js';
import { readRecord } from './record.js';
import { RunFiles } from './run-files.js';
import type { Environment } from './settings.js';

interface SyncSurroundings {
  readonly secrets: Secrets;
  readonly environment: Environment;
}

const REQUEST_SECONDS = 180;
const ATTEMPTS = 8;
const FIRST_WAIT_SECONDS = 1;

export const syncCommand = (surroundings: SyncSurroundings): Command => ({
  specification: 'v1',
  description: 'sends what a run has not sent to Weights & Biases yet',
  usage: 'tinsmith sync LOG_PATH\n\n  LOG_PATH   the folder of a run that is over',
  run: context => sync(context, surroundings),
});

async function sync(context: CommandContext, surroundings: SyncSurroundings): Promise<void> {
  const { words } = readCommandArguments(context.arguments, {});
  const [path] = words;
  if (path === undefined || words.length > 1) {
    throw new TinsmithError({
      code: 'ARGUMENT_INVALID',
      message: 'sync takes one run folder',
      found: words.join(' ') || 'none',
      fix: 'tinsmith sync LOG_PATH',
    });
  }
  const directory = folderOf(resolve(context.cwd, path));
  const record = await readRecord(directory);
  if (!record) {
    throw new TinsmithError({
      code: 'WANDB_RUN_MISSING',
      message: 'this folder has nothing for Weights & Biases',
      at: directory.path,
      found: 'no wandb/run.json',
      fix: 'the folder of a run that was started with wandb_project',
    });
  }
  await refuseRunning(directory);
  const key = apiKey(record.baseUrl, surroundings);
  const files = await RunFiles.open(directory, record);
  const api = new WandbApi({ baseUrl: record.baseUrl, key, requestSeconds: REQUEST_SECONDS });
  const delivery = new Delivery(files, api);
  await untilItWorks(context, async () => {
    if (!delivery.isConnected) await delivery.connect(context.signal);
    await delivery.send(context.signal);
    // Of a run that was killed no end is known: W&B sees for itself that it gives no sign of life.
    if (record.exitcode !== undefined) await delivery.complete(record.exitcode, context.signal);
  });
  context.print(`${files.spools.history.lines} rows are at ${files.record.url ?? record.baseUrl}`);
}

async function untilItWorks({ warn, signal }: CommandContext, action: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await action();
    } catch (error) {
      if (!(error instanceof WandbFailure)) throw error;
      if (!error.canRetry || attempt === ATTEMPTS) throw refused(error);
      const seconds = Math.max(FIRST_WAIT_SECONDS * 2 ** (attempt - 1), error.retryAfterSeconds ?? 0);
      warn(`${error.message}; again in ${seconds} s`);
      await new Promise<void>((resolveWait, reject) => {
        const timer = setTimeout(resolveWait, seconds * 1000);
        signal.addEventListener('abort', () => (clearTimeout(timer), reject(signal.reason as Error)), {
          once: true,
        });
      });
    }
  }
}

const refused = (cause: WandbFailure) =>
  new TinsmithError({
    code: 'WANDB_REFUSED',
    message: 'Weights & Biases does not take the run',
    found: cause.message,
    fix: cause.canRetry
      ? 'try again later: what was sent stays sent'
      : 'another key, or make the project first',
    cause,
  });

/** Two senders would disagree about what has been sent. */
async function refuseRunning(directory: RunDirectory): Promise<void> {
  const lock = await directory.read('run.lock');
  if (lock === undefined) return;
  const { pid, host } = JSON.parse(lock) as { pid: number; host: string };
  if (host === hostname() && !isAlive(pid)) return;
  throw new TinsmithError({
    code: 'WANDB_RUN_GOES_ON',
    message: 'the run is still going on, and sends by itself',
    at: directory.path,
    found: `run.lock of process ${pid} on ${host}`,
    fix: 'wait for its end; if it was killed on another machine, remove run.lock',
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
