/** The resolved graph of a config: plugins, providers, hooks, options. Creates nothing on disk. */
import { describeOffer, type Listener, type Offer } from '@tinsmith/core/kernel';
import { Recipes } from '@tinsmith/core';
import { loadConfig, type ConfigSource } from '../config/load.js';
import { builtIn } from '../run/built-in.js';
import { prepare, type Prepared } from '../run/prepare.js';
import type { EnvironmentSecrets } from '../run/secrets.js';
import { providersInShort } from './offers.js';
import { optionRows } from './options.js';
import { table } from './table.js';

/** Throws as a run would. */
export async function explainSource(
  source: ConfigSource,
  secrets: EnvironmentSecrets,
): Promise<readonly string[]> {
  const config = await loadConfig(source, secrets);
  const circumstances = { cwd: source.cwd, builtIn: builtIn(secrets).plugin, canAsk: false };
  const prepared = await prepare(config, circumstances);
  const { kernel, folder } = prepared;
  const sections = [
    section('plugins, in the order of their setup', pluginRows(prepared)),
    section('providers', providerRows(prepared)),
    section('hooks, in the order of their handlers', hookRows(kernel.listeners())),
    section('options', await optionRows(prepared)),
    section('run folder', [[folder.path, folder.action === 'create' ? 'new' : folder.action]]),
  ];
  await kernel.dispose();
  return [config.title, ...sections.flat()];
}

const section = (title: string, rows: readonly (readonly string[])[]): readonly string[] =>
  rows.length > 0 ? ['', title, ...table(rows)] : [];

function pluginRows({ config, kernel }: Prepared): readonly (readonly string[])[] {
  const byName = new Map(config.plugins.map(plugin => [plugin.configured.definition.name, plugin]));
  return kernel.plugins.flatMap(name => {
    const plugin = byName.get(name);
    if (!plugin) return []; // the runner's own
    const { version, requires = [], after = [] } = plugin.configured.definition;
    const wants = [...requires.map(other => `requires ${other}`), ...after.map(other => `after ${other}`)];
    const listed = plugin.entry.name === name ? [] : [plugin.entry.name];
    return [[name, version, [...listed, ...wants].join(', ')]];
  });
}

function providerRows({ kernel, recipe }: Prepared): readonly (readonly string[])[] {
  const uses = new Map(
    Object.entries(recipe.picked).map(([option, pick]) => [`${pick.token.id} ${pick.name}`, option]),
  );
  const pickedBy = ({ token, name }: Offer): string | undefined => {
    if (token.id === Recipes.id && name === recipe.name) return 'picked by recipe.use';
    const option = uses.get(`${token.id} ${name ?? ''}`);
    return option && `picked by recipe.with.${option}`;
  };
  const picked = kernel.offers().filter(offer => pickedBy(offer) !== undefined);
  const others = kernel.offers().filter(offer => pickedBy(offer) === undefined);
  return [
    ...picked.map(offer => [
      describeOffer(offer),
      offer.plugin,
      [pickedBy(offer), needs(offer)].filter(Boolean).join(', '),
    ]),
    // Not picked: of one kind and plugin together.
    ...[...Map.groupBy(others, ({ token, plugin }) => `${token.id} ${plugin}`).values()].map(group => [
      providersInShort(group).join(', '),
      group[0]!.plugin,
      [...new Set(group.map(needs))].filter(Boolean).join(', '),
    ]),
  ];
}

const needs = ({ provider }: Offer): string => {
  const ids = Object.values(provider.deps ?? {}).map(({ id }) => id);
  return ids.length > 0 ? `needs ${ids.join(' and ')}` : '';
};

/** Observers are called together, the others one after the other. */
function hookRows(listeners: readonly Listener[]): readonly (readonly string[])[] {
  return [...Map.groupBy(listeners, ({ hook }) => hook.id)].map(([id, taps]) => {
    const kind = taps[0]!.hook.kind;
    const names = taps.map(({ plugin, order }) => (order === undefined ? plugin : `${plugin} (${order})`));
    return [id, kind, names.join(kind === 'parallel' ? ', ' : ' -> ')];
  });
}
