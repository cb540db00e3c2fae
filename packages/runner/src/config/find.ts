/**
 * Finds the config of a project: from the working directory upwards, to the folder with package.json. Looks at names
 * alone: nothing is read or executed for having been found.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { TinsmithError } from '@tinsmith/core';

export const searchPlaces = ['ts', 'mts', 'js', 'mjs', 'yaml', 'yml', 'json'].map(
  extension => `tinsmith.config.${extension}`,
);

/** Absolute path of the config; undefined if there is none. */
export function findConfig(from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const file = searchPlaces.map(name => join(folder, name)).find(candidate => existsSync(candidate));
    if (file !== undefined) return file;
    if (existsSync(join(folder, 'package.json')) || folder === dirname(folder)) return undefined;
  }
}

/** The same; throws CONFIG_NOT_FOUND. */
export function requireConfig(from: string): string {
  const found = findConfig(from);
  if (found !== undefined) return found;
  throw new TinsmithError({
    code: 'CONFIG_NOT_FOUND',
    message: 'there is no config, neither here nor above in this project',
    at: from,
    found: `none of ${searchPlaces.join(', ')}`,
    fix: 'tinsmith init, tinsmith run NAME for a recipe that is installed, or --config FILE',
  });
}
