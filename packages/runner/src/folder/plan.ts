/**
 * What to do about the run's folder: decided with the other checks, when nothing has been created; carried
 * out once everything else is right.
 */
import { constants } from 'node:fs';
import { access, lstat, mkdir, readdir, readFile, realpath, rm, stat, statfs } from 'node:fs/promises';
import { homedir } from 'node:os';
import { dirname, join, parse, sep } from 'node:path';
import { checkpointsFile, messageOf, TinsmithError } from '@tinsmith/core';
import { codeOf } from '../error-code.js';
import { lockFile, refuseBusy, takeLock, type RunLock } from './lock.js';
import { parseRecord, recordFile } from './record-file.js';

export type IfExists = 'ask' | 'resume' | 'overwrite' | 'raise';

export interface FolderPlan {
  readonly path: string;
  /** `ask`: somebody has to say what happens to the folder that is there. */
  readonly action: 'create' | 'resume' | 'overwrite' | 'ask';
  /** Where the path was written, for people. */
  readonly at: string;
  /** For `create`: if the name is taken meanwhile, the first of this one with `-2`, `-3`, ... that is not, instead of failing. */
  readonly numberedFrom?: string;
}

export interface GivenFolder {
  /** Absolute. */
  readonly path: string;
  readonly ifExists: IfExists;
  /** Whether there is somebody to ask. */
  readonly canAsk: boolean;
  readonly cwd: string;
  /** Where the path was written, for people. */
  readonly at: string;
}

/** For a default folder, which is always a new one. */
export async function planNewFolder(path: string): Promise<FolderPlan> {
  await refuseUnwritable(path, path);
  const free = await firstFree(path, async candidate => !(await isThere(candidate)));
  return { path: free, action: 'create', at: path, numberedFrom: path };
}

/** Throws a TinsmithError for a folder that cannot be used. Creates and removes nothing. */
export async function planGivenFolder({ path, ifExists, canAsk, cwd, at }: GivenFolder): Promise<FolderPlan> {
  await refuseUnwritable(path, at);
  await refuseBusy(path, at);
  const entries = await readdir(path).catch(() => []);
  if (entries.every(name => name === lockFile)) return { path, action: 'create', at };
  if (ifExists === 'ask' && canAsk) return { path, action: 'ask', at };
  if (ifExists === 'overwrite') await refuseRemoval(path, entries, cwd, at);
  if (ifExists === 'resume' || ifExists === 'overwrite') return { path, action: ifExists, at };
  const nobody = ifExists === 'ask' ? '; there is no terminal to ask on' : '';
  throw new TinsmithError({
    code: 'RUN_FOLDER_EXISTS',
    message: `the run folder exists and is not empty${nobody}`,
    at,
    found: path,
    fix: `if_exists=${ifExists === 'ask' ? 'resume | overwrite | raise' : 'resume | overwrite'}, or another log_path`,
  });
}

async function refuseUnwritable(path: string, at: string): Promise<void> {
  let there = path;
  try {
    for (; ; there = dirname(there)) {
      const found = await stat(there).catch((error: unknown) => {
        const above = ['ENOENT', 'ENOTDIR'].includes(codeOf(error) ?? '');
        if (!above || there === dirname(there)) throw error;
        return undefined;
      });
      if (!found) continue;
      if (!found.isDirectory()) throw new Error(`${there} is a file`);
      await access(there, constants.R_OK | constants.W_OK | constants.X_OK);
      return await refuseKernelFiles(there);
    }
  } catch (cause) {
    throw unwritable(path, at, cause);
  }
}

/** By Linux' number for the file system. Root may write there, as far as `access` knows, and no folder can be made. */
const kernelFiles = new Map([
  [0x9fa0, 'proc'],
  [0x62656572, 'sysfs'],
]);

async function refuseKernelFiles(folder: string): Promise<void> {
  if (process.platform !== 'linux') return;
  const name = kernelFiles.get((await statfs(folder)).type);
  if (name !== undefined) throw new Error(`${folder} belongs to the system (${name}) and holds no files`);
}

function unwritable(path: string, at: string, cause: unknown): TinsmithError {
  return new TinsmithError({
    code: 'RUN_FOLDER_UNWRITABLE',
    message: `the run folder cannot be written: ${messageOf(cause)}`,
    at,
    found: path,
    fix: 'another log_path',
    cause,
  });
}

/** What a run that was killed before it had written its config.json may have left. */
const earlyFile = /^(run\.lock|logs\.log|code\.diff|(config\.json|code\.diff)\.\d+\.tmp)$/;

/** A config.json alone says nothing: every model folder has one. Nor does a lock beside files of somebody's. */
async function looksLikeRun(path: string, entries: readonly string[]): Promise<boolean> {
  if (entries.includes(checkpointsFile) || entries.every(name => earlyFile.test(name))) return true;
  return parseRecord(await readFile(join(path, recordFile), 'utf8').catch(() => undefined)) !== undefined;
}

/** Only what looks like a run is removed, and never a folder that somebody works or lives in. */
async function refuseRemoval(
  path: string,
  entries: readonly string[],
  cwd: string,
  at: string,
): Promise<void> {
  const real = await realpath(path);
  const inUse = [cwd, homedir()].find(folder => `${folder}${sep}`.startsWith(withSeparator(real)));
  const reason =
    real === parse(real).root || inUse !== undefined
      ? 'it is the root, the home folder, or the working directory or above it'
      : (await looksLikeRun(path, entries))
        ? undefined
        : `it has neither ${checkpointsFile} nor the ${recordFile} of a run, so it does not look like a run`;
  if (reason === undefined) return;
  throw new TinsmithError({
    code: 'RUN_FOLDER_PROTECTED',
    message: `the run folder is not overwritten: ${reason}`,
    at,
    found: path,
    fix: 'another log_path, or remove the folder yourself',
  });
}

const withSeparator = (folder: string) => (folder.endsWith(sep) ? folder : `${folder}${sep}`);

export interface OwnFolder {
  readonly path: string;
  readonly lock: RunLock;
}

/** Carries out a plan. The folder is this run's own until the lock is released. */
export async function createFolder(plan: FolderPlan): Promise<OwnFolder> {
  try {
    const path = plan.numberedFrom === undefined ? plan.path : await createNumbered(plan.numberedFrom);
    await makeFolders(path);
    const lock = await takeLock(path, plan.at);
    try {
      if (plan.action === 'overwrite') await removeRun(path);
    } catch (error) {
      await lock.release();
      throw error;
    }
    return { path, lock };
  } catch (cause) {
    throw TinsmithError.is(cause) ? cause : unwritable(plan.path, plan.at, cause);
  }
}

/** With the folders above it. Not mkdir's `recursive`: in a file system such as /proc that never returns. */
async function makeFolders(path: string): Promise<void> {
  const make = () =>
    mkdir(path).catch((error: unknown) => {
      if (codeOf(error) !== 'EEXIST') throw error;
    });
  try {
    await make();
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || path === dirname(path)) throw error;
    await makeFolders(dirname(path));
    await make();
  }
}

/** What is in the folder, not the folder: it may be a link or a mounted disk. */
async function removeRun(path: string): Promise<void> {
  for (const entry of await readdir(path)) {
    if (entry !== lockFile) await rm(join(path, entry), { recursive: true, force: true });
  }
}

/** `mkdir` decides who gets a name when two runs start together. */
async function createNumbered(path: string): Promise<string> {
  await makeFolders(dirname(path));
  return firstFree(path, candidate =>
    mkdir(candidate).then(
      () => true,
      (error: unknown) => {
        if (codeOf(error) === 'EEXIST') return false;
        throw error;
      },
    ),
  );
}

/** The path, or with `-2`, `-3`, ...: the first one that is taken. */
async function firstFree(path: string, take: (candidate: string) => Promise<boolean>): Promise<string> {
  for (let number = 1; ; number++) {
    const candidate = number === 1 ? path : `${path}-${number}`;
    if (await take(candidate)) return candidate;
  }
}

const isThere = (path: string): Promise<boolean> =>
  lstat(path).then(
    () => true,
    () => false,
  );
