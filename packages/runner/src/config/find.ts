/**
 * Finds the config of a project: from the working directory upwards, to the folder with package.json.
 * cosmiconfig only finds: its loaders are replaced, so that nothing is executed on the way.
 */
import { basename } from 'node:path';
import { TinsmithError } from '@tinsmith/core';

export const searchPlaces = ['ts', 'mts', 'js', 'mjs', 'yaml', 'yml', 'json'].map(
  extension => `tinsmith.config.${extension}`,
);

/** Absolute path of the config. Throws CONFIG_NOT_FOUND. */
export async function findConfig(from: string): Promise<string> {
  const { cosmiconfig } = await import('cosmiconfig');
  const finder = cosmiconfig('tinsmith', {
    searchPlaces,
    searchStrategy: 'project',
    ignoreEmptySearchPlaces: false,
    mergeSearchPlaces: false,
    cache: false,
    loaders: Object.fromEntries(
      ['.ts', '.mts', '.js', '.mjs', '.yaml', '.yml', '.json'].map(e => [e, () => ({})]),
    ),
  });
  const found = await finder.search(from);
  // cosmiconfig would also take a config out of its own `.config/config.*` in the working directory.
  if (found && searchPlaces.includes(basename(found.filepath))) return found.filepath;
  throw new TinsmithError({
    code: 'CONFIG_NOT_FOUND',
    message: 'there is no config, neither here nor above in this project',
    at: from,
    found: `none of ${searchPlaces.join(', ')}`,
    fix: 'tinsmith run --config FILE',
  });
}
