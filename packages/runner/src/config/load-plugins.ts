/** Plugins by name or path: resolved from the config's folder, never from ours, then imported. */
import { existsSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { configurePlugin, isPlugin, messageOf, nearest, TinsmithError, type ConfiguredPlugin } from '@tinsmith/core';
import { installHint } from './install.js';
import { placeOf, type Layer } from './layer.js';
import { isPath, type PluginEntry } from './plugin-entry.js';
import { codeOf, lineOfFailure } from './source.js';
import { describeValue } from './values.js';

export interface LoadedPlugin {
  readonly entry: PluginEntry;
  readonly configured: ConfiguredPlugin;
}

/** Imports every plugin that can be imported; the others become problems. */
export async function loadPlugins(
  entries: readonly PluginEntry[],
  resolveFrom: string,
  layers: readonly Layer[],
  problems: TinsmithError[],
): Promise<readonly LoadedPlugin[]> {
  const loaded: LoadedPlugin[] = [];
  for (const entry of entries) {
    try {
      const plugin = entry.value ?? (await importPlugin(entry, resolveFrom));
      loaded.push({ entry, configured: configurePlugin(plugin, entry.options ?? {}) });
    } catch (error) {
      if (!TinsmithError.is(error)) throw error;
      const { code, message, found, fix, cause } = error;
      const at = placeOf(['plugins', entry.name], layers);
      problems.push(new TinsmithError({ code, message, found, fix, cause, at }));
    }
  }
  return loaded;
}

async function importPlugin(entry: PluginEntry, resolveFrom: string) {
  const [use = '', exportedBy] = (entry.use ?? '').split('#');
  const file = isPath(use) ? existing(use, entry) : resolvePackage(use, [resolveFrom, entry.listedIn]);
  let exported: unknown;
  try {
    exported = ((await import(/* @vite-ignore */ pathToFileURL(file).href)) as { default?: unknown }).default;
  } catch (cause) {
    const line = lineOfFailure(cause, file);
    throw new TinsmithError({
      code: 'PLUGIN_FAILED',
      message: `the plugin "${entry.name}" cannot be loaded: ${messageOf(cause)}`,
      found: line && `${file}:${line}`,
      cause,
    });
  }
  const plugin = exportedBy === undefined ? exported : memberOfConfig(exported, exportedBy);
  if (isPlugin(plugin)) return plugin;
  throw new TinsmithError({
    code: 'PLUGIN_INVALID',
    message: `"${entry.name}" is not a plugin`,
    found: `its default export is ${describeValue(exported)}`,
    fix: 'export default definePlugin({ ... })',
  });
}

/** `config.ts#name`, as runs record it: a plugin that stands as a value in a TypeScript config. */
function memberOfConfig(config: unknown, name: string): unknown {
  const plugins: unknown = typeof config === 'object' && config !== null && 'plugins' in config ? config.plugins : [];
  return Array.isArray(plugins)
    ? plugins.find((plugin: unknown) => isPlugin(plugin) && plugin.definition.name === name)
    : undefined;
}

function existing(file: string, entry: PluginEntry): string {
  if (existsSync(file)) return file;
  const folder = dirname(file);
  const near = existsSync(folder) ? nearest(basename(file), readdirSync(folder)) : undefined;
  throw new TinsmithError({
    code: 'PLUGIN_NOT_FOUND',
    message: `there is no file "${entry.name}"`,
    found: `looked for ${file}`,
    fix: near && join(dirname(entry.name), near).replace(/^(?!\.|\/)/, './'),
  });
}

/** From the config first; a preset inside a package may bring plugins of its own. */
function resolvePackage(name: string, from: readonly string[]): string {
  const failures: unknown[] = [];
  for (const file of new Set(from)) {
    try {
      return requireFrom(file).resolve(name, { conditions: importConditions });
    } catch (error) {
      failures.push(error);
    }
  }
  const [file = '.'] = from;
  const installed = from.flatMap(folder => installedNames(folder, name));
  if (installed.includes(name)) {
    throw new TinsmithError({
      code: 'PLUGIN_FAILED',
      message: `the plugin "${name}" is installed, but has nothing to import`,
      found: String(codeOf(failures[0]) ?? messageOf(failures[0])),
      fix: 'build it, or install it again',
      cause: failures[0],
    });
  }
  const near = nearest(name, installed);
  throw new TinsmithError({
    code: 'PLUGIN_NOT_FOUND',
    message: `the plugin "${name}" is not installed`,
    fix: near ?? installHint(name, file),
  });
}

/** As `import` would resolve; require's own conditions miss packages that export only to `import`. */
const importConditions = new Set(['node', 'import', 'module-sync', 'default']);

interface ResolveWithConditions {
  resolve(name: string, options: { conditions: ReadonlySet<string> }): string;
  readonly paths: unknown;
}

const requireFrom = (file: string) => createRequire(file) as unknown as ResolveWithConditions;

/** Packages that can be seen from a file and have the same scope, or none as has `name`. */
function installedNames(file: string, name: string): readonly string[] {
  const scope = name.startsWith('@') ? name.split('/')[0]! : '';
  const folders = createRequire(file).resolve.paths(name) ?? [];
  return folders.flatMap(folder => {
    const place = join(folder, scope);
    return existsSync(place) ? readdirSync(place).map(entry => (scope ? `${scope}/${entry}` : entry)) : [];
  });
}
