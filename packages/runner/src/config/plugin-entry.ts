/** Entries of `plugins`: a package name, a path, `{ use, with }`, or (in TypeScript) the plugin itself. */
import { dirname, isAbsolute, resolve } from 'node:path';
import { isPlugin, nearest, type AnyPluginDefinition, type ErrorDetails } from '@tinsmith/core';
import { describeValue, isValues, type OptionPath } from '@tinsmith/core/options';
import { deepMerge } from './merge.js';

export interface PluginEntry {
  /** What it is listed as: package name, path as written, or the name of a plugin given as a value. */
  readonly name: string;
  /** To import; a path is absolute. Undefined for a plugin given as a value. */
  readonly use: string | undefined;
  /** For a plugin given as a value. */
  readonly value: { readonly definition: AnyPluginDefinition; readonly contract: number } | undefined;
  readonly options: unknown;
  /** The config file that lists it. */
  readonly listedIn: string;
}

type Report = (path: OptionPath, details: Omit<ErrorDetails, 'at'>) => void;

export const isPath = (use: string): boolean => /^\.{1,2}[\\/]/.test(use) || isAbsolute(use);

/** Undefined, with a report, for what is no plugin. `path` is the entry's place in the file. */
export function readPluginEntry(
  written: unknown,
  path: OptionPath,
  file: string,
  report: Report,
): PluginEntry | undefined {
  if (isPlugin(written)) {
    const { definition, contract } = written;
    return {
      name: definition.name,
      use: undefined,
      value: { definition, contract },
      options: written.options,
      listedIn: file,
    };
  }
  if (typeof written === 'string' && written !== '') return named(written, undefined, file);
  if (isValues(written) && typeof written['use'] === 'string' && written['use'] !== '') {
    for (const key of Object.keys(written)) {
      if (key === 'use' || key === 'with') continue;
      report([...path, key], {
        code: 'OPTION_UNKNOWN',
        message: `there is no option "${key}" in an entry of plugins`,
        fix: nearest(key, ['use', 'with']) ?? 'use, with',
      });
    }
    return named(written['use'], written['with'] ?? undefined, file);
  }
  report(path, {
    code: 'OPTION_INVALID',
    message: 'an entry of plugins is a package name, a path, or { use, with }',
    found: describeValue(written),
  });
  return undefined;
}

function named(use: string, options: unknown, file: string): PluginEntry {
  const target = isPath(use) ? resolve(dirname(file), use) : use;
  return { name: use, use: target, value: undefined, options, listedIn: file };
}

/** The entries of all layers, weakest first, as one list: options of the same plugin are merged. */
export function mergeEntries(layers: readonly (readonly PluginEntry[])[]): readonly PluginEntry[] {
  const merged = new Map<string, PluginEntry>();
  for (const entry of layers.flat()) {
    const key = entry.use ?? entry.name;
    const before = merged.get(key);
    merged.set(
      key,
      before
        ? { ...entry, name: before.name, options: deepMerge(before.options, entry.options ?? {}) }
        : entry,
    );
  }
  return [...merged.values()];
}
