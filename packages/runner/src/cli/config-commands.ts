/**
 * The commands that plugins of the project's config add, for `tinsmith --help`: as their package.json says, so that
 * nothing is imported. Local plugins and TypeScript configs say nothing without being executed.
 */
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { extname } from 'node:path';

import { isValues } from '@tinsmith/core/options';
import { glanceForConfig } from '../config/find.js';
import { declared, packageManifest } from '../config/packages.js';
import { resolveBase } from '../config/resolve-base.js';

export interface ListedCommand {
  readonly name: string;
  readonly description: string;
  /** The package that adds it. */
  readonly plugin: string;
}

/** Empty without a config, and for one that cannot be read: `tinsmith check` says why. */
export async function configCommands(cwd: string): Promise<readonly ListedCommand[]> {
  const config = glanceForConfig(cwd);
  if (config === undefined) return [];
  const plugins = await packagesOf(config, new Set());
  return plugins.flatMap(({ name, from }) => {
    const manifest = packageManifest(name, config) ?? packageManifest(name, from);
    const commands = Object.entries(manifest ? declared(name, manifest).commands : {});
    return commands.map(([command, description]) => ({ name: command, description, plugin: name }));
  });
}

interface Listed {
  readonly name: string;
  /** The file that lists it. */
  readonly from: string;
}

async function packagesOf(file: string, seen: Set<string>): Promise<readonly Listed[]> {
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
  return [...below.flat(), ...names.map(name => ({ name, from: file }))];
}
