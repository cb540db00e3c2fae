/**
 * The declarations of a package as its users see them: modules of `dist/*.d.ts`, the names they export, and where each
 * name is declared. Looks at one package only: what comes from another one is named, not followed.
 */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { ModuleExportName, Node, Statement } from 'oxc-parser';
import { nodesOf, parseFile, type Source } from '../source/typescript.ts';

export interface Module {
  readonly source: Source;
  /** Statements by the name that they declare here; several for overloads and merged declarations. */
  readonly declared: ReadonlyMap<string, readonly Statement[]>;
  readonly imported: ReadonlyMap<string, Reference>;
  /** Exported name: what it is called here, or in the module it comes from. */
  readonly exported: ReadonlyMap<string, Reference>;
  /** `export * from`. */
  readonly stars: readonly string[];
}

/** A name in another module; without `from`, in this one. `*` is the whole module. */
export interface Reference {
  readonly name: string;
  readonly from?: string;
}

/** A declaration in its module (`*`: all that it exports), or a name that another package declares. */
export type Target =
  | { readonly module: Module; readonly name: string }
  | { readonly package: string; readonly name: string };

const modules = new Map<string, Module>();

export function moduleAt(path: string): Module {
  const known = modules.get(path);
  if (known) return known;
  const module = readModule(parseFile(path));
  modules.set(path, module);
  return module;
}

function readModule(source: Source): Module {
  const declared = new Map<string, Statement[]>();
  const imported = new Map<string, Reference>();
  const exported = new Map<string, Reference>();
  const stars: string[] = [];
  for (const statement of source.program.body) {
    if (statement.type === 'ImportDeclaration') {
      for (const specifier of statement.specifiers) {
        const name =
          specifier.type === 'ImportSpecifier'
            ? textOfName(specifier.imported)
            : specifier.type === 'ImportDefaultSpecifier'
              ? 'default'
              : '*';
        imported.set(specifier.local.name, { name, from: statement.source.value });
      }
    } else if (statement.type === 'ExportAllDeclaration') {
      if (statement.exported)
        exported.set(textOfName(statement.exported), { name: '*', from: statement.source.value });
      else stars.push(statement.source.value);
    } else if (statement.type === 'ExportNamedDeclaration' && !statement.declaration) {
      for (const { local, exported: name } of statement.specifiers) {
        const from = statement.source ? { from: statement.source.value } : {};
        exported.set(textOfName(name), { name: textOfName(local), ...from });
      }
    } else if (statement.type === 'ExportDefaultDeclaration') {
      const { declaration } = statement;
      const name =
        declaration.type === 'Identifier' ? declaration.name : (namesOf(declaration)[0] ?? 'default');
      exported.set('default', { name });
      if (declaration.type !== 'Identifier') declared.set(name, [...(declared.get(name) ?? []), statement]);
    } else {
      const isExported = statement.type === 'ExportNamedDeclaration';
      for (const name of namesOf(isExported ? statement.declaration! : statement)) {
        declared.set(name, [...(declared.get(name) ?? []), statement]);
        if (isExported) exported.set(name, { name });
      }
    }
  }
  return { source, declared, imported, exported, stars };
}

function namesOf(node: Node): readonly string[] {
  if (node.type === 'VariableDeclaration')
    return node.declarations.flatMap(({ id }) => (id.type === 'Identifier' ? [id.name] : []));
  if ('id' in node && node.id && node.id.type === 'Identifier') return [node.id.name];
  return [];
}

const textOfName = (name: ModuleExportName) => (name.type === 'Literal' ? name.value : name.name);

/** Every name that a module exports, with those of `export *`. */
export function exportsOf(module: Module): ReadonlyMap<string, Target> {
  const all = new Map<string, Target>();
  for (const star of module.stars) {
    const path = pathOf(star, module);
    if (!path) all.set(`* from ${star}`, { package: star, name: '*' });
    else
      for (const [name, target] of exportsOf(moduleAt(path))) if (name !== 'default') all.set(name, target);
  }
  for (const [name, reference] of module.exported) all.set(name, follow(reference, module));
  return all;
}

/** From a name to the declaration behind it, through imports and re-exports. */
function follow({ name, from }: Reference, module: Module): Target {
  if (from === undefined) {
    const elsewhere = module.imported.get(name);
    return elsewhere && !module.declared.has(name) ? follow(elsewhere, module) : { module, name };
  }
  const path = pathOf(from, module);
  if (!path) return { package: from, name };
  if (name === '*') return { module: moduleAt(path), name };
  return exportsOf(moduleAt(path)).get(name) ?? { module: moduleAt(path), name };
}

/** The file of a relative import; undefined for a package. */
function pathOf(from: string, { source }: Module): string | undefined {
  if (!from.startsWith('.')) return undefined;
  const path = join(dirname(source.path), from.replace(/\.js$/, '.d.ts'));
  if (!existsSync(path))
    throw new Error(`${source.path} names ${from}, and there is no ${path}: build first`);
  return path;
}

/** The declarations of this package that a declaration names in turn. */
export function referencesOf(module: Module, name: string): readonly Target[] {
  if (name === '*') return [...exportsOf(module).values()];
  return (module.declared.get(name) ?? []).flatMap(statement =>
    [...nodesOf(statement)].flatMap((node): Target[] => {
      if (node.type === 'TSImportType' && node.qualifier?.type === 'Identifier')
        return [follow({ name: node.qualifier.name, from: node.source.value }, module)];
      if (node.type !== 'Identifier' || node.name === name) return [];
      if (module.declared.has(node.name)) return [{ module, name: node.name }];
      const elsewhere = module.imported.get(node.name);
      return elsewhere ? [follow(elsewhere, module)] : [];
    }),
  );
}
