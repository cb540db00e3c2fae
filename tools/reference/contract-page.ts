/** docs/reference/hooks-and-tokens.md: what a plugin can provide, depend on and listen to. */
import { join } from 'node:path';
import { sourcesBelow } from '../source/typescript.ts';
import { type ContractEntry, contractIn, type TypeDeclaration, typeNamed } from './contract.ts';
import { GENERATED } from './markdown.ts';

interface NamedType extends TypeDeclaration {
  readonly word: string;
}

export function contractPage(root: string): string {
  const sources = sourcesBelow(join(root, 'packages', 'core', 'src'));
  const entries = contractIn(sources);
  const shown = new Set<string>();
  const withBases = (word: string): readonly NamedType[] => {
    const type = typeNamed(word, sources);
    if (!type) return [];
    const bases = /^interface \w+ extends ([\w, ]+)/.exec(type.text)?.[1]?.split(', ') ?? [];
    return [{ word, ...type }, ...bases.flatMap(base => withBases(base.trim()))];
  };
  const section = ({ name, id, kind, types, doc, is }: ContractEntry) => {
    const found = types.flatMap(type => type.match(/[A-Z]\w+/g) ?? []).flatMap(withBases);
    // A type is written out once, where it is needed first.
    const fresh = found.filter(({ word }) => !shown.has(word));
    for (const { word } of fresh) shown.add(word);
    const says = doc ?? (is === 'token' ? found[0]?.doc : undefined);
    if (says === undefined) throw new Error(`${name} in packages/core has no doc comment`);
    return [
      `### ${name}\n`,
      `\`${id}\` · ${kind} · ${meaning(kind, types)}\n`,
      `${says}\n`,
      ...(fresh.length > 0 ? [`\`\`\`ts\n${fresh.map(({ text }) => text).join('\n\n')}\n\`\`\`\n`] : []),
    ];
  };
  return [
    '# Hooks and tokens\n',
    `${GENERATED}\n`,
    'What a plugin can provide, depend on and listen to. Everything is exported by `@tinsmith/core`.\n',
    '## Tokens\n',
    'A token names something that plugins provide. `one`: exactly one provider. `many`: all providers are used. `named`: one is',
    'picked by its name in the config.\n',
    '```ts\nprovide(MetricSinks, { deps: { directory: RunDirectories }, create: ({ directory }) => sink });\n```\n',
    ...entries.filter(({ is }) => is === 'token').flatMap(section),
    '## Hooks\n',
    'A hook names something that happens. `sequential`: handlers in turn, a throw ends the run. `parallel`: observers, together;',
    'a throw is recorded and the run goes on. `waterfall`: each handler gets the value of the one before and returns it. `first`:',
    'the first handler that answers wins. Handlers run in the order of the plugins in the config.\n',
    '```ts\nhook(StepEnd, ({ step, metrics }) => console.log(step, metrics));\n```\n',
    ...entries.filter(({ is }) => is === 'hook').flatMap(section),
  ].join('\n');
}

/** What the type arguments of a kind stand for. */
function meaning(kind: string, types: readonly string[]): string {
  const [first, second] = types.map(type => `\`${type}\``);
  switch (kind) {
    case 'waterfall':
      return `value ${first}, event ${second}`;
    case 'first':
      return `event ${first}, answer ${second}`;
    case 'sequential':
    case 'parallel':
      return `event ${first}`;
    default:
      return `${first}`;
  }
}
