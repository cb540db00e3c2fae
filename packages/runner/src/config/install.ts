/** How to install a package that is missing, with the package manager that the project uses. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { messageOf, TinsmithError } from '@tinsmith/core';

const managers = [
  { lock: 'pnpm-lock.yaml', add: 'pnpm add', remove: 'pnpm remove' },
  { lock: 'yarn.lock', add: 'yarn add', remove: 'yarn remove' },
  { lock: 'bun.lock', add: 'bun add', remove: 'bun remove' },
  { lock: 'package-lock.json', add: 'npm install', remove: 'npm uninstall' },
] as const;

/** Of the project that a file belongs to: the nearest lock file upwards decides. */
function managerOf(file: string): (typeof managers)[number] {
  for (let folder = dirname(file); ; folder = dirname(folder)) {
    const manager = managers.find(({ lock }) => existsSync(join(folder, lock)));
    if (manager) return manager;
    if (folder === dirname(folder)) return managers[3];
  }
}

/** Whether the project that a file belongs to is installed with pnpm. */
export const isPnpm = (file: string): boolean => managerOf(file).lock === 'pnpm-lock.yaml';

export const installCommand = (names: string, file: string): string => `${managerOf(file).add} ${names}`;

export const uninstallCommand = (name: string, file: string): string => `${managerOf(file).remove} ${name}`;

/** Names of plugin packages are scoped, or begin with `tinsmith-`. */
export const isPluginPackage = (name: string): boolean => /^(@|tinsmith-)/.test(name);

const kinds = 'engine|recipe|logger|renderers|datasets|grader|judge|search|model';

/**
 * What to try for a plugin that is not installed. Only names that say they are plugins get a command: a
 * mistyped bare name could be anybody's package.
 */
export function installHint(name: string, file: string): string {
  if (isPluginPackage(name)) return installCommand(name, file);
  if (new RegExp(`^(${kinds})-`).test(name)) return `the full name: @tinsmith/${name}`;
  return 'the full name of a package, e.g. @tinsmith/logger-jsonl, or a path that begins with ./';
}

/** The problem of a module whose import failed for want of a package; undefined for other failures. */
export function missingPackage(error: unknown, file: string, at: string): TinsmithError | undefined {
  const name = /Cannot find package '([^']+)'/.exec(messageOf(error))?.[1];
  if (name === undefined) return undefined;
  return new TinsmithError({
    code: 'PLUGIN_NOT_FOUND',
    message: `the package "${name}" is not installed`,
    at,
    fix: installCommand(name, file),
  });
}
