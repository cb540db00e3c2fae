/**
 * Finds the config of a project: from the working directory upwards, to the folder with package.json.
 * cosmiconfig only finds: its loaders are replaced, so that no file is executed for having been found.
 */
import { existsSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { TinsmithError } from '@tinsmith/core';

export const searchPlaces = ['ts', 'mts', 'js', 'mjs', 'yaml', 'yml', 'json'].map(
  extension => `tinsmith.config.${extension}`,
);

/**
 * In place of all of cosmiconfig's loaders: a file of `.config` in the working directory can add search
 * places, and those would be executed. Null: not a config, look further.
 */
const find = (file: string) => (searchPlaces.includes(basename(file)) ? {} : null);

/** A quick look for what `findConfig` would find, for lists that must not take time. */
export function glanceForConfig(from: string): string | undefined {
  for (let folder = from; ; folder = dirname(folder)) {
    const file = searchPlaces.map(name => join(folder, name)).find(candidate => existsSync(candidate));
    if (file !== undefined) return file;
    if (existsSync(join(folder, 'package.json')) || folder === dirname(folder)) return undefined;
  }
}

/** Absolute path of the config; undefined if there is none. */
export async function findConfig(from: string): Promise<string | undefined> {
  const { cosmiconfig, defaultLoaders } = await import('cosmiconfig');
  const finder = cosmiconfig('tinsmith', {
    searchPlaces,
    searchStrategy: 'project',
    ignoreEmptySearchPlaces: false,
    mergeSearchPlaces: false,
    cache: false,
    loaders: Object.fromEntries(Object.keys(defaultLoaders).map(extension => [extension, find])),
  });
  return (await finder.search(from))?.filepath;
}

/** The same; throws CONFIG_NOT_FOUND. */
export async function requireConfig(from: string): Promise<string> {
  const found = await findConfig(from);
  if (found !== undefined) return found;
  throw new TinsmithError({
    code: 'CONFIG_NOT_FOUND',
    message: 'there is no config, neither here nor above in this project',
    at: from,
    found: `none of ${searchPlaces.join(', ')}`,
    fix: 'tinsmith init, tinsmith run NAME for a recipe that is installed, or --config FILE',
  });
}
