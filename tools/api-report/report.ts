/**
 * The public surface of a package in one file that is checked in, so that a change of it is seen in a diff: every name
 * that an entry exports with its declaration, then the declarations those name in turn. Without comments and private
 * members, ordered by name: moving code between files changes nothing here.
 */
import { join } from 'node:path';
import type { Statement } from 'oxc-parser';
import type { Package } from '../source/packages.ts';
import { nodesOf } from '../source/typescript.ts';
import { exportsOf, type Module, moduleAt, referencesOf, type Target } from './declarations.ts';

type Declared = Extract<Target, { module: Module }>;

/** Reads `dist`: build first. */
export function apiReport({ folder, manifest }: Package): string {
  const entries = Object.entries(manifest.exports).flatMap(([entry, target]) =>
    typeof target === 'object' && target.types ? [{ entry, path: join(folder, target.types) }] : [],
  );
  const sections = entries.flatMap(({ entry, path }) => {
    const names = [...exportsOf(moduleAt(path))].toSorted(byName);
    return [
      `## ${join(manifest.name, entry)}\n`,
      fence(names.map(([name, target]) => exportedText(name, target))),
    ];
  });
  const shown = entries.flatMap(({ path }) => [...exportsOf(moduleAt(path)).values()]);
  const behind = declarationsBehind(shown);
  return [
    `# API of ${manifest.name}\n`,
    '<!-- Generated from the declarations by `npm run reference`: a change here is a change for users. -->\n',
    ...sections,
    ...(behind.length > 0
      ? ['## Named by these, not exported\n', fence(behind.map(({ module, name }) => textOf(module, name)))]
      : []),
  ].join('\n');
}

const byName = ([a]: readonly [string, unknown], [b]: readonly [string, unknown]) => (a < b ? -1 : 1);

const fence = (declarations: readonly string[]) => `\`\`\`ts\n${declarations.join('\n\n')}\n\`\`\`\n`;

function exportedText(name: string, target: Target): string {
  if ('package' in target)
    return target.name === '*'
      ? `export * from '${target.package}';`
      : `export { ${target.name === name ? name : `${target.name} as ${name}`} } from '${target.package}';`;
  if (target.name === '*')
    return `namespace ${name} { ${[...exportsOf(target.module).keys()].toSorted().join(', ')} }`;
  const text = textOf(target.module, target.name);
  return name === target.name ? text : `// ${name}\n${text}`;
}

const own = (targets: readonly Target[]) => targets.filter(target => 'module' in target);

/** What the given declarations need, and what those need, without the given ones. */
function declarationsBehind(given: readonly Target[]): readonly Declared[] {
  const key = ({ module, name }: Declared) => `${name} ${module.source.path}`;
  const seen = new Map(own(given).map(target => [key(target), target]));
  const exported = new Set(seen.keys());
  const waiting = [...seen.values()];
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    for (const target of own(referencesOf(next.module, next.name))) {
      if (seen.has(key(target))) continue;
      seen.set(key(target), target);
      waiting.push(target);
    }
  }
  return [...seen]
    .filter(([id, { name }]) => !exported.has(id) && name !== '*')
    .toSorted(byName)
    .map(([, target]) => target);
}

function textOf(module: Module, name: string): string {
  const statements = module.declared.get(name);
  if (!statements) throw new Error(`${module.source.path} does not declare ${name}`);
  return statements.map(statement => plain(statement, module)).join('\n');
}

/** The statement without comments, private members and the words that say how it is exported. */
function plain(statement: Statement, { source }: Module): string {
  const hidden = [...nodesOf(statement)].filter(
    node =>
      (node.type === 'PropertyDefinition' || node.type === 'MethodDefinition') &&
      (node.key.type === 'PrivateIdentifier' || node.accessibility === 'private'),
  );
  const cuts = [...source.comments, ...hidden]
    .filter(({ start, end }) => start >= statement.start && end <= statement.end)
    .toSorted((a, b) => a.start - b.start);
  let text = '';
  let at = statement.start;
  for (const { start, end } of cuts) {
    text += source.text.slice(at, Math.max(start, at));
    at = Math.max(at, end);
  }
  text += source.text.slice(at, statement.end);
  return text
    .split('\n')
    .filter(line => line.trim() !== '')
    .join('\n')
    .replace(/^export (default )?/, '')
    .replace(/^declare /, '');
}
