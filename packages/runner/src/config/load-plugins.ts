/** Plugins by name or path: resolved from the config's folder, never from ours, then imported. */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import {
  amend,
  configurePlugin,
  isPlugin,
  messageOf,
  nearest,
  TinsmithError,
  type AnyPluginDefinition,
  type ConfiguredPlugin,
  type Secrets,
} from '@tinsmith/core';
import { describeValue } from '@tinsmith/core/options';
import { isJson } from './json.js';
import { codeOf } from '../error-code.js';
import { isSecondCore, resolveImport, withOneCore } from './core-copies.js';
import { installHint, isPluginPackage } from './install.js';
import { optionProblem, placeOf, type Layer } from './layer.js';
import { isPath, type PluginEntry } from './plugin-entry.js';
import { resolveReferences } from './references.js';
import { lineOfFailure } from './source.js';

export interface LoadedPlugin {
  readonly entry: PluginEntry;
  /** With the values of environment variables that the options refer to. */
  readonly configured: ConfiguredPlugin;
  /** As written: references stay references. */
  readonly options: unknown;
  /** What a later run can import, from the same config's folder or from anywhere, to get this plugin again. */
  readonly importAgain: string;
}

export interface PluginLoading {
  /** The file from whose place packages are resolved. */
  readonly resolveFrom: string;
  readonly layers: readonly Layer[];
  readonly secrets: Secrets;
  readonly problems: TinsmithError[];
}

/** Imports every plugin that can be imported; the others become problems. */
export async function loadPlugins(
  entries: readonly PluginEntry[],
  { resolveFrom, layers, secrets, problems }: PluginLoading,
): Promise<readonly LoadedPlugin[]> {
  const loaded: LoadedPlugin[] = [];
  for (const entry of entries) {
    try {
      const { plugin, importAgain }: Imported = entry.value
        ? { plugin: entry.value, importAgain: await findAgain(entry, resolveFrom) }
        : await importPlugin(entry, resolveFrom);
      const options = entry.options ?? plugin.options ?? {};
      const filled = resolveReferences(options, secrets, (path, details) =>
        problems.push(optionProblem(layers, ['plugins', entry.name, 'with', ...path], details)),
      );
      loaded.push({ entry, configured: configurePlugin(plugin, filled), options, importAgain });
    } catch (error) {
      if (!TinsmithError.is(error)) throw error;
      problems.push(amend(error, { at: placeOf(['plugins', entry.name], layers) }));
    }
  }
  return loaded;
}

interface Imported {
  readonly plugin: { definition: AnyPluginDefinition; contract: number; options?: unknown };
  readonly importAgain: string;
}

async function importPlugin(
  { name, use = '', listedIn }: PluginEntry,
  resolveFrom: string,
): Promise<Imported> {
  const { file, member, importAgain } = isPath(use)
    ? existing(use, name)
    : resolvePackage(use, [resolveFrom, listedIn]);
  let exported: unknown;
  try {
    exported = await withOneCore(() => defaultExport(file));
  } catch (cause) {
    if (isSecondCore(cause)) throw cause;
    const line = lineOfFailure(cause, file);
    throw new TinsmithError({
      code: 'PLUGIN_FAILED',
      message: `the plugin "${name}" cannot be loaded: ${messageOf(cause)}`,
      found: line && `${file}:${line}`,
      cause,
    });
  }
  const plugin = member === undefined ? exported : memberOfConfig(exported, member);
  if (isPlugin(plugin)) return { plugin, importAgain };
  throw new TinsmithError({
    code: 'PLUGIN_INVALID',
    message: `"${name}" is not a plugin`,
    found: exported === undefined ? 'no default export' : `its default export is ${describeValue(exported)}`,
    fix: 'export default definePlugin({ ... })',
  });
}

const defaultExport = async (file: string): Promise<unknown> =>
  ((await import(/* @vite-ignore */ pathToFileURL(file).href)) as { default?: unknown }).default;

/**
 * For a plugin that stands as a value in a TypeScript config: its package's name, if importing that gives the
 * same plugin and its options can be written down; otherwise the config file and the plugin's name.
 */
async function findAgain(
  { name, value, options, listedIn }: PluginEntry,
  resolveFrom: string,
): Promise<string> {
  try {
    // Another name could be that of any package, which would be executed to find out.
    const { file } = isPluginPackage(name) ? resolvePackage(name, [resolveFrom]) : {};
    const again = file === undefined ? undefined : await defaultExport(file);
    if (isJson(options) && isPlugin(again) && again.definition === value?.definition) return name;
  } catch {
    // No such package: the plugin was defined in the config, or in a file beside it.
  }
  return `${listedIn}#${name}`;
}

/** `config.ts#name`, as runs record it: a plugin that stands as a value in a TypeScript config. */
function memberOfConfig(config: unknown, name: string): unknown {
  const plugins: unknown =
    typeof config === 'object' && config !== null && 'plugins' in config ? config.plugins : [];
  return Array.isArray(plugins)
    ? plugins.find((plugin: unknown) => isPlugin(plugin) && plugin.definition.name === name)
    : undefined;
}

interface Target {
  readonly file: string;
  /** The plugin's name, if the file is a config that has it as a value. */
  readonly member?: string;
  readonly importAgain: string;
}

function existing(path: string, name: string): Target {
  if (existsSync(path)) return { file: path, importAgain: path };
  const [, config, member] = /^(.*)#([^#]+)$/.exec(path) ?? [];
  if (config && member && existsSync(config)) return { file: config, member, importAgain: path };
  const folder = dirname(path);
  const near = existsSync(folder) ? nearest(basename(path), readdirSync(folder)) : undefined;
  throw new TinsmithError({
    code: 'PLUGIN_NOT_FOUND',
    message: `there is no file "${name}"`,
    found: `looked for ${path}`,
    fix: near && join(dirname(name), near).replace(/^(?!\.|\/)/, './'),
  });
}

/** From the config first; a preset inside a package may bring plugins of its own. */
function resolvePackage(name: string, from: readonly string[]): Target {
  const failures: unknown[] = [];
  for (const [i, importer] of from.entries()) {
    try {
      const file = resolveImport(name, importer);
      return { file, importAgain: i === 0 ? name : file };
    } catch (error) {
      failures.push(error);
    }
  }
  const installed = from.flatMap(importer => installedNames(importer, name));
  if (installed.includes(name)) {
    throw new TinsmithError({
      code: 'PLUGIN_FAILED',
      message: `the plugin "${name}" is installed, but has nothing to import`,
      found: codeOf(failures[0]) ?? messageOf(failures[0]),
      fix: 'build it, or install it again',
      cause: failures[0],
    });
  }
  throw new TinsmithError({
    code: 'PLUGIN_NOT_FOUND',
    message: `the plugin "${name}" is not installed`,
    fix: nearestPackage(name, installed) ?? installHint(name, from[0] ?? '.'),
  });
}

/** Scopes are alike and long: only the names behind them say whether one was meant for the other. */
function nearestPackage(name: string, installed: readonly string[]): string | undefined {
  const near = nearest(
    basename(name),
    installed.map(other => basename(other)),
  );
  return installed.find(other => basename(other) === near);
}

/** Packages that can be seen from a file and have the same scope, or none as has `name`. */
function installedNames(file: string, name: string): readonly string[] {
  const scope = name.startsWith('@') ? name.split('/')[0]! : '';
  const folders = createRequire(file).resolve.paths(name) ?? [];
  return folders.flatMap(folder => {
    const place = join(folder, scope);
    return existsSync(place) ? readdirSync(place).map(entry => (scope ? `${scope}/${entry}` : entry)) : [];
  });
}
