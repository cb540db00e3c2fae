/**
 * A run folder belongs to one run at a time: the file `run.lock` says to which. The lock of a process that is gone
 * does not count.
 */
import { execFile } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { constants, copyFile, link, open, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { promisify } from 'node:util';
import { TinsmithError } from '@tinsmith/core';
import { isValues } from '@tinsmith/core/options';
import { codeOf } from '../error-code.js';

export const lockFile = 'run.lock';

interface Holder {
  readonly pid: number;
  readonly host: string;
  /** When the process began, as the system counts it: a number that is used again has another one. */
  readonly processStart: string | undefined;
  /** ISO 8601. */
  readonly since: string;
}

export interface RunLock {
  /** Gives the folder back. */
  release(): Promise<void>;
}

/** Throws RUN_FOLDER_BUSY if a run that is still going on has the folder. Creates nothing. */
export async function refuseBusy(folder: string, at: string): Promise<void> {
  const holder = await readHolder(join(folder, lockFile));
  if (holder && (await isRunning(holder))) throw busy(folder, at, holder);
}

/**
 * Takes the folder, which exists. Throws RUN_FOLDER_BUSY if another run was quicker. `place` puts a file where it is to be,
 * if nothing is there; not every file system has the links that it makes.
 */
export async function takeLock(folder: string, at: string, place = linked): Promise<RunLock> {
  const file = join(folder, lockFile);
  const draft = `${file}.${randomUUID()}.tmp`;
  const { pid } = process;
  const since = new Date().toISOString();
  const mine: Holder = { pid, host: hostname(), processStart: await processStart(pid), since };
  await writeFile(draft, `${JSON.stringify(mine)}\n`);
  try {
    while (!(await place(draft, file))) {
      await refuseBusy(folder, at);
      await removeStale(file);
    }
  } finally {
    await rm(draft, { force: true });
  }
  return { release: () => rm(file, { force: true }) };
}

/** A link appears with its content, and only where there is no file yet. */
function linked(draft: string, file: string): Promise<boolean> {
  return unlessThere(link(draft, file)).catch((error: unknown) => {
    if (withoutLinks.has(codeOf(error) ?? '')) return copied(draft, file);
    throw error;
  });
}

/** As FAT, exFAT and some network file systems answer. */
const withoutLinks = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL', 'EACCES']);

/** Without links the file is there a moment before its content is: see `isBeingWritten`. */
export async function copied(draft: string, file: string): Promise<boolean> {
  return unlessThere(copyFile(draft, file, constants.COPYFILE_EXCL));
}

async function unlessThere(made: Promise<void>): Promise<boolean> {
  try {
    await made;
    return true;
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false;
    throw error;
  }
}

/**
 * Under a guard that one run has at a time, and looked at again there: so nobody removes a lock that another run
 * has taken meanwhile. Whoever finds the guard taken comes back a little later.
 */
async function removeStale(file: string): Promise<void> {
  const guard = `${file}.guard`;
  let handle;
  try {
    handle = await open(guard, 'wx');
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error;
    await removeForgottenGuard(guard);
    await setTimeout(guardPauseMilliseconds);
    return;
  }
  try {
    const holder = await readHolder(file);
    if (holder ? !(await isRunning(holder)) : !(await isBeingWritten(file))) await rm(file, { force: true });
  } finally {
    await handle.close();
    await rm(guard, { force: true });
  }
}

/** Nothing can be read in it yet. A lock that stays so was left by a process that was killed right then. */
async function isBeingWritten(file: string): Promise<boolean> {
  const age = Date.now() - ((await modified(file)) ?? 0);
  if (age > writeMilliseconds) return false;
  await setTimeout(guardPauseMilliseconds);
  return true;
}

const modified = (file: string): Promise<number | undefined> =>
  stat(file).then(
    ({ mtimeMs }) => mtimeMs,
    () => undefined,
  );

const writeMilliseconds = 1000;
const guardPauseMilliseconds = 20;
/** Nobody has the guard for more than some milliseconds; one that is older belongs to a process that was killed. */
const guardLifeMilliseconds = 10_000;

async function removeForgottenGuard(guard: string): Promise<void> {
  const made = await modified(guard);
  if (made !== undefined && Date.now() - made > guardLifeMilliseconds) await rm(guard, { force: true });
}

/** Undefined for no lock, and for one that cannot be read: nothing holds it that could be named. */
async function readHolder(file: string): Promise<Holder | undefined> {
  try {
    const values: unknown = JSON.parse(await readFile(file, 'utf8'));
    const fits = isValues(values) && typeof values['pid'] === 'number' && typeof values['host'] === 'string';
    return fits ? (values as unknown as Holder) : undefined;
  } catch {
    return undefined;
  }
}

/** Of another machine nothing can be known: its lock counts. */
async function isRunning({ pid, host, processStart: started }: Holder): Promise<boolean> {
  if (host !== hostname()) return true;
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (codeOf(error) === 'ESRCH') return false; // EPERM: it runs, as somebody else
  }
  const now = await processStart(pid);
  return started === undefined || now === undefined || now === started;
}

/** Undefined where the system does not say. */
async function processStart(pid: number): Promise<string | undefined> {
  try {
    if (process.platform === 'linux') {
      const text = await readFile(`/proc/${pid}/stat`, 'utf8');
      // The name of the program stands in brackets and may have spaces; the start is field 22, in ticks since boot.
      const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
      const boot = await readFile('/proc/sys/kernel/random/boot_id', 'utf8');
      return `${boot.trim()} ${fields[19]}`;
    }
    if (process.platform === 'win32') return undefined;
    const { stdout } = await promisify(execFile)('ps', ['-o', 'lstart=', '-p', String(pid)]);
    return stdout.trim() || undefined;
  } catch {
    return undefined;
  }
}

function busy(folder: string, at: string, { pid, host, since }: Holder): TinsmithError {
  const away = host !== hostname();
  return new TinsmithError({
    code: 'RUN_FOLDER_BUSY',
    message: away
      ? 'a run on another machine has the run folder, or did not give it back'
      : 'another run that is still going on has the run folder',
    at,
    found: `${folder}: process ${pid}${away ? ` on ${host}` : ''}, since ${since}`,
    fix: away
      ? `another log_path; if that run is over, remove ${join(folder, lockFile)}`
      : 'another log_path',
  });
}
