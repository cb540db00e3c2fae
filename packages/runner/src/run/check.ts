/** What would run, in a few lines. */
import { loadConfig, shown, type ConfigSource } from '../config/load.js';
import { builtIn } from './built-in.js';
import { prepare, type Prepared } from './prepare.js';
import { environmentSecrets } from './secrets.js';

/** Throws as a run would; creates nothing. */
export async function checkSource(source: ConfigSource): Promise<readonly string[]> {
  const { plugin } = builtIn(environmentSecrets(process.env));
  const config = await loadConfig(source);
  const prepared = await prepare(config, { cwd: source.cwd, builtIn: plugin, canAsk: false });
  await prepared.kernel.dispose();
  return describe(prepared, source.cwd);
}

function describe({ config, settings, recipe, folder }: Prepared, cwd: string): readonly string[] {
  const versions = new Map(
    config.plugins.map(({ configured: { definition } }) => [
      definition.name,
      `${definition.name} ${definition.version}`,
    ]),
  );
  const from = (plugin: string) => `(${versions.get(plugin) ?? plugin})`;
  const rows: (readonly [string, string])[] = [
    ['config', config.file === undefined ? 'given by a program' : shown(config.file, cwd)],
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
