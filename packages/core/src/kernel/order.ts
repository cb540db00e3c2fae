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
      const cycle = [...path.slice(path.indexOf(name)), name].join(' -> ');
      problems.push(
        new TinsmithError({
          code: 'PLUGIN_CYCLE',
          plugin: name,
          message: 'plugins want to come before each other',
          found: cycle,
          fix: 'remove one of them from `plugins`, or tell its author to drop `requires` or `after`',
        }),
      );
      return;
    }
    for (const required of requires) {
      if (!byName.has(required)) {
        problems.push(
          new TinsmithError({
            code: 'PLUGIN_MISSING',
            plugin: name,
            message: `needs the plugin "${required}", which is not in \`plugins\``,
            at: 'plugins',
            fix: `add "${required}" to \`plugins\``,
          }),
        );
      }
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
