/** The tokens and hooks that a package exports, read from its sources: kind, id, types, doc comment. */
import type { Node, VariableDeclarator } from 'oxc-parser';
import { docBefore, type Source, textOf } from '../source/typescript.ts';

const TOKEN_KINDS = ['one', 'many', 'named'];
const HOOK_KINDS = ['sequential', 'parallel', 'waterfall', 'first'];

export interface ContractEntry {
  readonly name: string;
  readonly id: string;
  /** The cardinality of a token, the kind of a hook. */
  readonly kind: string;
  readonly is: 'token' | 'hook';
  /** The type arguments as written: the value's type; the event's; value and event of a waterfall; event and answer. */
  readonly types: readonly string[];
  readonly doc: string | undefined;
}

/** In the order of the sources. */
export function contractIn(sources: readonly Source[]): readonly ContractEntry[] {
  return sources.flatMap(source =>
    source.program.body.flatMap(statement => {
      if (statement.type !== 'ExportNamedDeclaration') return [];
      if (statement.declaration?.type !== 'VariableDeclaration') return [];
      const doc = docBefore(source, statement);
      return statement.declaration.declarations.flatMap(declared => entry(declared, doc, source));
    }),
  );
}

function entry({ id, init }: VariableDeclarator, doc: string | undefined, source: Source): ContractEntry[] {
  if (id.type !== 'Identifier' || init?.type !== 'CallExpression' || init.callee.type !== 'Identifier')
    return [];
  const kind = init.callee.name;
  const [argument] = init.arguments;
  const is = TOKEN_KINDS.includes(kind) ? 'token' : HOOK_KINDS.includes(kind) ? 'hook' : undefined;
  if (!is || argument?.type !== 'Literal' || typeof argument.value !== 'string') return [];
  const types = (init.typeArguments?.params ?? []).map((type: Node) =>
    textOf(source, type).replace(/\s+/g, ' '),
  );
  return [{ name: id.name, id: argument.value, kind, is, types, doc }];
}

export interface TypeDeclaration {
  /** As written, with its comments. */
  readonly text: string;
  readonly doc: string | undefined;
}

/** The exported interface or type of that name. */
export function typeNamed(name: string, sources: readonly Source[]): TypeDeclaration | undefined {
  for (const source of sources) {
    for (const statement of source.program.body) {
      if (statement.type !== 'ExportNamedDeclaration') continue;
      const { declaration } = statement;
      const isType =
        declaration?.type === 'TSInterfaceDeclaration' || declaration?.type === 'TSTypeAliasDeclaration';
      if (isType && declaration.id.name === name)
        return { text: textOf(source, declaration), doc: docBefore(source, statement) };
    }
  }
  return undefined;
}
