/** The order of plugins: config order, changed only as far as `requires` and `after` demand. */
import { TinsmithError } from '../error.js';
import type { ConfiguredPlugin } from '../plugin.js';

/** Sorts depth first, so that a plugin comes right before the first one that wants it earlier. */
export function sortPlugins(
  plugins: readonly ConfiguredPlugin[],
  problems: TinsmithError[],
): readonly ConfiguredPlugin[] {
  const byName = new Map(plugins.map(plugin => [plugin.definition.name, plugin]));
  const sorted: ConfiguredPlugin[] = [];
  const done = new Set<string>();

  function visit(plugin: ConfiguredPlugin, path: readonly string[]) {
    const { name, requires = [], after = [] } = plugin.definition;
    if (done.has(name)) return;
    if (path.includes(name)) {
      problems.push(cycle([...path.slice(path.indexOf(name)), name]));
      return;
    }
    for (const earlier of [...requires, ...after]) {
      const other = byName.get(earlier);
      if (other) visit(other, [...path, name]);
    }
    done.add(name);
    sorted.push(plugin);
  }

  for (const plugin of plugins) visit(plugin, []);
  return sorted;
}

const cycle = (names: readonly string[]) =>
  new TinsmithError({
    code: 'PLUGIN_CYCLE',
    plugin: names[0],
    message: 'plugins want to come before each other',
    at: 'plugins',
    found: names.join(' -> '),
    fix: 'remove one of them from `plugins`, or tell its author to drop `requires` or `after`',
  });

/** Plugins that are required and not there. */
export function missingPlugins(plugins: readonly ConfiguredPlugin[]): readonly TinsmithError[] {
  const names = new Set(plugins.map(({ definition }) => definition.name));
  return plugins.flatMap(({ definition: { name, requires = [] } }) =>
    requires
      .filter(required => !names.has(required))
      .map(
        required =>
          new TinsmithError({
            code: 'PLUGIN_MISSING',
            plugin: name,
            message: `needs the plugin "${required}", which is not in \`plugins\``,
            at: 'plugins',
            fix: `add "${required}" to \`plugins\``,
          }),
      ),
  );
}
