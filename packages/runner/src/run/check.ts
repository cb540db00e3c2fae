/** What would run, in a few lines. */
import type { Secrets } from '@tinsmith/core';
import { loadConfig, type ConfigSource } from '../config/load.js';
import { builtIn } from './built-in.js';
import { prepare, type Prepared } from './prepare.js';

/** Throws as a run would; creates nothing. */
export async function checkSource(source: ConfigSource, secrets: Secrets): Promise<readonly string[]> {
  const config = await loadConfig(source, secrets);
  const circumstances = { cwd: source.cwd, builtIn: builtIn(secrets).plugin, canAsk: false };
  const prepared = await prepare(config, circumstances);
  await prepared.kernel.dispose();
  return describe(prepared);
}

function describe({ config, settings, recipe, folder }: Prepared): readonly string[] {
  const versions = new Map(
    config.plugins.map(({ configured: { definition } }) => [
      definition.name,
      `${definition.name} ${definition.version}`,
    ]),
  );
  const from = (plugin: string) => `(${versions.get(plugin) ?? plugin})`;
  const rows: (readonly [string, string])[] = [
    ['config', config.title],
    ['recipe', `${recipe.name} ${from(recipe.plugin)}`],
    ...Object.entries(recipe.picked).map(
      ([option, { name, plugin }]) => [option, `${name} ${from(plugin)}`] as const,
    ),
    ['plugins', [...versions.values()].join(', ') || 'none'],
    ['seed', String(settings.seed)],
    ['folder', `${folder.path} (${folder.action === 'create' ? 'new' : folder.action})`],
  ];
  const width = Math.max(...rows.map(([label]) => label.length));
  return [...rows.map(([label, text]) => `${label.padEnd(width)}   ${text}`), 'ok'];
}
