/**
 * TypeScript sources as trees, for the tools that read them: parsing, walking, parents, doc comments. Knows no types
 * and nothing about what is looked for.
 */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Comment, type Node, parseSync, type Program, visitorKeys } from 'oxc-parser';

export interface Source {
  readonly path: string;
  readonly text: string;
  readonly program: Program;
  readonly comments: readonly Comment[];
}

export function parseText(path: string, text: string): Source {
  const { program, comments, errors } = parseSync(path, text);
  if (errors.length > 0) throw new Error(`${path}: ${errors[0]!.message}`);
  return { path, text, program, comments };
}

export const parseFile = (path: string): Source => parseText(path, readFileSync(path, 'utf8'));

/** Every source below a folder that is neither a test nor a type test, in the order of their paths. */
export function sourcesBelow(folder: string): readonly Source[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter(path => path.endsWith('.ts') && !/\.(test|test-d)\.ts$/.test(path))
    .toSorted()
    .map(path => parseFile(join(folder, path)));
}

export function childrenOf(node: Node): readonly Node[] {
  const fields = node as unknown as Record<string, Node | readonly (Node | null)[] | null | undefined>;
  return (visitorKeys[node.type] ?? [])
    .flatMap(key => fields[key] as Node | readonly Node[])
    .filter(child => child !== null && child !== undefined);
}

/** The node and all nodes below it, from the outside to the inside. */
export function* nodesOf(node: Node): Generator<Node> {
  yield node;
  for (const child of childrenOf(node)) yield* nodesOf(child);
}

export function parentsOf(root: Node): ReadonlyMap<Node, Node> {
  const parents = new Map<Node, Node>();
  for (const node of nodesOf(root)) for (const child of childrenOf(node)) parents.set(child, node);
  return parents;
}

export const textOf = ({ text }: Source, { start, end }: Node): string => text.slice(start, end);

/** The doc comment that ends right before a node, as one text with its paragraphs and lists. */
export function docBefore({ comments, text }: Source, node: Node): string | undefined {
  const doc = comments.findLast(({ end }) => end <= node.start);
  if (!doc || doc.type !== 'Block' || !doc.value.startsWith('*')) return undefined;
  if (text.slice(doc.end, node.start).trim() !== '') return undefined;
  return doc.value
    .slice(1)
    .split('\n')
    .map(line => line.replace(/^\s*\* ?/, '').trimEnd())
    .join('\n')
    .trim();
}
