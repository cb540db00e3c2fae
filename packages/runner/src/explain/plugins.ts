/** The plugins of a config: versions, where they are imported from, what they bring. */
import type { ConfigSource } from '../config/load.js';
import { findProject } from '../config/packages.js';
import type { EnvironmentSecrets } from '../run/secrets.js';
import { requireGraph } from './graph.js';
import { providersInShort } from './offers.js';
import { table } from './table.js';

export async function listPlugins(
  source: ConfigSource,
  secrets: EnvironmentSecrets,
): Promise<readonly string[]> {
  const { config, kernel } = await requireGraph(source, secrets);
  const rows = config.plugins.map(({ entry, configured: { definition } }) => {
    const offered = kernel.offers().filter(({ plugin }) => plugin === definition.name);
    const hooks = kernel.listeners().filter(({ plugin }) => plugin === definition.name);
    const brings = [...providersInShort(offered), ...hooks.map(({ hook }) => `on ${hook.id}`)].join(', ');
    const listed = entry.name === definition.name ? '' : entry.name;
    return [definition.name, definition.version, brings || 'nothing', listed];
  });
  await kernel.dispose();
  return [
    config.title,
    ...table(rows),
    ...unused(
      source.cwd,
      rows.map(([name = '']) => name),
    ),
  ];
}

/** Plugins that the project has installed and this config does not use. */
function unused(cwd: string, used: readonly string[]): readonly string[] {
  const others = findProject(cwd)?.plugins.filter(({ name }) => !used.includes(name)) ?? [];
  if (others.length === 0) return [];
  return ['installed, not in this config', ...table(others.map(({ name, version }) => [name, version]))];
}
