/**
 * Finds the config of a project: from the working directory upwards, to the folder with package.json.
 * cosmiconfig only finds: its loaders are replaced, so that no file is executed for having been found.
 */
import { basename } from 'node:path';
import { TinsmithError } from '@tinsmith/core';

export const searchPlaces = ['ts', 'mts', 'js', 'mjs', 'yaml', 'yml', 'json'].map(
  extension => `tinsmith.config.${extension}`,
);

/**
 * In place of all of cosmiconfig's loaders: a file of `.config` in the working directory can add search
 * places, and those would be executed. Null: not a config, look further.
 */
const find = (file: string) => (searchPlaces.includes(basename(file)) ? {} : null);

/** Absolute path of the config. Throws CONFIG_NOT_FOUND. */
export async function findConfig(from: string): Promise<string> {
  const { cosmiconfig, defaultLoaders } = await import('cosmiconfig');
  const finder = cosmiconfig('tinsmith', {
    searchPlaces,
    searchStrategy: 'project',
    ignoreEmptySearchPlaces: false,
    mergeSearchPlaces: false,
    cache: false,
    loaders: Object.fromEntries(Object.keys(defaultLoaders).map(extension => [extension, find])),
  });
  const found = await finder.search(from);
  if (found) return found.filepath;
  throw new TinsmithError({
    code: 'CONFIG_NOT_FOUND',
    message: 'there is no config, neither here nor above in this project',
    at: from,
    found: `none of ${searchPlaces.join(', ')}`,
    fix: 'tinsmith run --config FILE',
  });
}
