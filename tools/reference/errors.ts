/**
 * The errors with a code that a package can throw, read from its sources: object literals with `code` and `message`
 * (`new TinsmithError({ code: ... })` and what becomes one), classes of errors that take a code, and printed lines that
 * begin with `error CODE`. Helpers that take the sentence as a parameter are followed to their callers.
 */
import type { Expression, Node, ObjectExpression } from 'oxc-parser';
import { docBefore, nodesOf, type Source, textOf } from '../source/typescript.ts';
import {
  callsOf,
  type Code,
  codeOf,
  functionAround,
  isFunction,
  literals,
  originOf,
  parametersOf,
  type Placed,
  texts,
} from './words.ts';

export interface ErrorSite {
  readonly code: string;
  /** The class, for those that are made with `new Class(code, message)`; undefined for a TinsmithError. */
  readonly className: string | undefined;
  /** What can be read about the message; `<name>` stands for what is known at run time. */
  readonly messages: readonly string[];
  readonly fixes: readonly string[];
}

/** A class of errors whose constructor takes `code` as a parameter. */
export interface ErrorClass {
  readonly name: string;
  readonly parameters: readonly string[];
  /** The codes that its type allows; empty for `string`. */
  readonly codes: readonly string[];
  /** What the doc comment of the codes' type says. */
  readonly doc: string | undefined;
}

interface Fields {
  readonly code: Expression;
  readonly message: Expression | undefined;
  readonly fix: Expression | undefined;
}

export function errorsIn(sources: readonly Source[]): {
  readonly sites: readonly ErrorSite[];
  readonly classes: readonly ErrorClass[];
} {
  const all = sources.map(codeOf);
  const classes = sources.flatMap(classesIn);
  const sites = all.flatMap(code =>
    [...nodesOf(code.source.program)].flatMap(node => [
      ...printed(node),
      ...ownCode(node, code),
      ...sitesAt(node, code, all, classes),
    ]),
  );
  return { sites, classes };
}

/** A line for the terminal that is written out: `error CODE   message`. */
function printed(node: Node): readonly ErrorSite[] {
  if (node.type !== 'TemplateLiteral') return [];
  const code = /^error ([A-Z][A-Z0-9_]+) +/.exec(node.quasis[0]?.value.raw ?? '')?.[1];
  return code ? [{ code, className: undefined, messages: [], fixes: [] }] : [];
}

/** A class of errors with one code: `class ClosedError extends Error { readonly code = 'CLOSED' }`. */
function ownCode(node: Node, code: Code): readonly ErrorSite[] {
  if (node.type !== 'ClassDeclaration' || !node.superClass) return [];
  const field = node.body.body.find(
    member =>
      member.type === 'PropertyDefinition' && member.key.type === 'Identifier' && member.key.name === 'code',
  );
  if (field?.type !== 'PropertyDefinition' || !field.value) return [];
  const placed = (expression: Expression): Placed => ({ expression, code, given: new Map() });
  const messages = [...nodesOf(node.body)].flatMap(inner =>
    inner.type === 'CallExpression' && inner.callee.type === 'Super' && inner.arguments[0]
      ? texts(placed(inner.arguments[0] as Expression))
      : [],
  );
  return literals(placed(field.value)).map(found => ({
    code: found,
    className: undefined,
    messages,
    fixes: [],
  }));
}

function sitesAt(
  node: Node,
  code: Code,
  all: readonly Code[],
  classes: readonly ErrorClass[],
): readonly ErrorSite[] {
  if (node.type === 'ObjectExpression') {
    const field = property(node, 'code');
    if (!field || (!property(node, 'message') && !hasSpread(node))) return [];
    const placed = { code: field, message: property(node, 'message'), fix: property(node, 'fix') };
    return calls(node, placed, code, all).flatMap(given =>
      siteOf(placed, given, { code, all, spreads: node, className: undefined }),
    );
  }
  if (node.type !== 'NewExpression' || node.callee.type !== 'Identifier') return [];
  const { name } = node.callee;
  const errorClass = classes.find(known => known.name === name);
  if (!errorClass) return [];
  const argument = (parameter: string) =>
    node.arguments[errorClass.parameters.indexOf(parameter)] as Expression | undefined;
  const placed = { code: argument('code')!, message: argument('message'), fix: argument('fix') };
  return calls(node, placed, code, all).flatMap(given =>
    siteOf(placed, given, { code, all, spreads: undefined, className: name }),
  );
}

interface Place {
  readonly code: Code;
  readonly all: readonly Code[];
  readonly spreads: ObjectExpression | undefined;
  readonly className: string | undefined;
}

function siteOf(fields: Fields, given: ReadonlyMap<Node, Placed>, place: Place): readonly ErrorSite[] {
  const { code, spreads, className } = place;
  const pattern = className ? /^\w+$/ : /^[A-Z][A-Z0-9_]+$/;
  return branchesOf(fields.code, code).flatMap(({ expression, assumed }) => {
    const placed = (inner: Expression): Placed => ({ expression: inner, code, given, assumed });
    const messages = fields.message
      ? texts(placed(fields.message))
      : spreads
        ? spreadTexts(spreads, 'message', place)
        : [];
    const fixes = fields.fix ? texts(placed(fields.fix)) : [];
    return literals(placed(expression))
      .filter(found => pattern.test(found))
      .map(found => ({ code: found, className, messages, fixes }));
  });
}

/** The two sides of `code: test ? 'A' : 'B'`, each with what it says about the test. */
function branchesOf(expression: Expression, { source }: Code) {
  if (expression.type !== 'ConditionalExpression')
    return [{ expression, assumed: new Map<string, boolean>() }];
  const test = textOf(source, expression.test);
  return [
    { expression: expression.consequent, assumed: new Map([[test, true]]) },
    { expression: expression.alternate, assumed: new Map([[test, false]]) },
  ];
}

/**
 * What is given for the parameters of the helper around an error: once for each call, if the helper takes the code, the
 * message or the advice as a parameter; else once, nothing. Helpers of helpers are followed three deep.
 */
function calls(
  place: Node,
  fields: Fields,
  code: Code,
  all: readonly Code[],
  depth = 0,
): readonly ReadonlyMap<Node, Placed>[] {
  const nothing = [new Map<Node, Placed>()];
  const helper = functionAround(place, code);
  if (!helper || depth > 2) return nothing;
  const parameters = parametersOf(helper.node);
  const parameterOf = (field: Expression | undefined) => {
    const origin = field?.type === 'Identifier' ? originOf(field.name, field, code) : undefined;
    return origin && 'parameter' in origin
      ? parameters.find(({ node }) => node === origin.parameter)
      : undefined;
  };
  if (!Object.values(fields).some(parameterOf)) return nothing;
  const found = callsOf(helper.name, code, all).flatMap(({ call, code: callerCode }) => {
    const argument = (index: number) => call.arguments[index] as Expression | undefined;
    const passed = (field: Expression | undefined) => {
      const parameter = parameterOf(field);
      return parameter && argument(parameter.index);
    };
    const outer = {
      code: passed(fields.code) ?? fields.code,
      message: passed(fields.message),
      fix: passed(fields.fix),
    };
    return calls(call, outer, callerCode, all, depth + 1).map(
      given =>
        new Map(
          parameters.flatMap(({ node, index }) => {
            const expression = argument(index);
            return expression ? [[node, { expression, code: callerCode, given }] as const] : [];
          }),
        ),
    );
  });
  return found.length > 0 ? found : nothing;
}

/** What `...details` brings, if the callers of the helper around it write an object there. */
function spreadTexts(object: ObjectExpression, name: string, { code, all }: Place): readonly string[] {
  const helper = functionAround(object, code);
  if (!helper) return [];
  return object.properties.flatMap(spread => {
    if (spread.type !== 'SpreadElement' || spread.argument.type !== 'Identifier') return [];
    const { name: parameterName } = spread.argument;
    const parameter = parametersOf(helper.node).find(declared => declared.name === parameterName);
    if (!parameter) return [];
    return callsOf(helper.name, code, all).flatMap(({ call, code: callerCode }) => {
      const details = call.arguments[parameter.index];
      const value = details?.type === 'ObjectExpression' ? property(details, name) : undefined;
      return value ? texts({ expression: value, code: callerCode, given: new Map() }) : [];
    });
  });
}

function property(object: ObjectExpression, name: string): Expression | undefined {
  for (const field of object.properties) {
    if (field.type === 'Property' && field.key.type === 'Identifier' && field.key.name === name)
      return field.value;
  }
  return undefined;
}

const hasSpread = (object: ObjectExpression) =>
  object.properties.some(({ type }) => type === 'SpreadElement');

function classesIn(source: Source): readonly ErrorClass[] {
  return [...nodesOf(source.program)].flatMap(node => {
    if (node.type !== 'ClassDeclaration' || !node.id || !node.superClass) return [];
    const constructor = node.body.body.find(
      member => member.type === 'MethodDefinition' && member.kind === 'constructor',
    );
    if (constructor?.type !== 'MethodDefinition' || !isFunction(constructor.value)) return [];
    const parameters = constructor.value.params.map(parameter =>
      parameter.type === 'Identifier' ? parameter.name : '',
    );
    const first = constructor.value.params[parameters.indexOf('code')];
    if (!first || first.type !== 'Identifier') return [];
    const type = first.typeAnnotation?.typeAnnotation;
    const alias =
      type?.type === 'TSTypeReference' && type.typeName.type === 'Identifier'
        ? typeAlias(source, type.typeName.name)
        : undefined;
    return [{ name: node.id.name, parameters, codes: alias?.codes ?? [], doc: alias?.doc }];
  });
}

/** The members of `type Name = 'a' | 'b'`, and what stands above it. */
function typeAlias(source: Source, name: string) {
  for (const statement of source.program.body) {
    const alias =
      statement.type === 'ExportNamedDeclaration' && statement.declaration
        ? statement.declaration
        : statement;
    if (alias.type !== 'TSTypeAliasDeclaration' || alias.id.name !== name) continue;
    const codes = [...nodesOf(alias.typeAnnotation)].flatMap(node =>
      node.type === 'Literal' && typeof node.value === 'string' ? [node.value] : [],
    );
    return { codes, doc: docBefore(source, statement) };
  }
  return undefined;
}
