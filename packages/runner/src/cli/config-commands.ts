/**
 * The commands that plugins of the project's config add, for `tinsmith --help`: as their package.json says, so that
 * nothing is imported. Local plugins and TypeScript configs say nothing without being executed.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { dirname, extname } from 'node:path';

import { isValues } from '@tinsmith/core/options';
import { findConfig } from '../config/find.js';
import { findProject } from '../config/packages.js';
import { resolveBase } from '../config/resolve-base.js';

export interface ListedCommand {
  readonly name: string;
  readonly description: string;
  /** The package that adds it. */
  readonly plugin: string;
}

/** Empty without a config, and for one that cannot be read: `tinsmith check` says why. */
export async function configCommands(cwd: string): Promise<readonly ListedCommand[]> {
  const config = findConfig(cwd);
  // Few packages add commands: the config is read only if one of them does.
  const candidates = config === undefined ? [] : (findProject(dirname(config))?.plugins ?? []);
  const commands = candidates.flatMap(({ name: plugin, commands: said }) =>
    Object.entries(said).map(([name, description]) => ({ name, description, plugin })),
  );
  if (config === undefined || commands.length === 0) return [];
  const listed = await packagesOf(config, new Set());
  return commands.filter(({ plugin }) => listed.includes(plugin));
}

/** Names of packages that a config and what it extends list. */
async function packagesOf(file: string, seen: Set<string>): Promise<readonly string[]> {
  if (seen.has(file) || !existsSync(file) || !['.yaml', '.yml', '.json'].includes(extname(file))) return [];
  seen.add(file);
  const { parse } = await import('yaml');
  let config: unknown;
  try {
    config = parse(await readFile(file, 'utf8'));
  } catch {
    return [];
  }
  if (!isValues(config)) return [];
  const bases = [config['extends']].flat().filter(base => typeof base === 'string');
  const files = bases.flatMap(base => resolveBase(base, file) ?? []);
  const below = await Promise.all(files.map(base => packagesOf(base, seen)));
  const plugins = Array.isArray(config['plugins']) ? config['plugins'] : [];
  const own = plugins.map((entry: unknown) => (isValues(entry) ? entry['use'] : entry));
  const names = own.filter((name): name is string => typeof name === 'string' && !/^[./\\]/.test(name));
  return [...below.flat(), ...names];
}
