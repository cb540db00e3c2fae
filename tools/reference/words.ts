/**
 * What an expression can say, read from the source: the texts of literals, both branches of a condition, the
 * initialiser of a constant, what callers give for a parameter. What is only known at run time becomes `<its name>`.
 */
import type {
  ArrowFunctionExpression,
  Expression,
  Function as FunctionLike,
  Node,
  ParamPattern,
} from 'oxc-parser';
import { nodesOf, parentsOf, type Source, textOf } from '../source/typescript.ts';

/** An expression in its place: what its names mean depends on where it stands, and on which call is followed. */
export interface Placed {
  readonly expression: Expression;
  readonly code: Code;
  /** What this call gives for the parameters around the expression, by parameter. */
  readonly given: ReadonlyMap<Node, Placed>;
  /** Conditions that are known to hold or not, by their text: `a ? 'X' : 'Y'` beside `a ? 'x' : 'y'` go together. */
  readonly assumed?: ReadonlyMap<string, boolean>;
}

export interface Code {
  readonly source: Source;
  readonly parents: ReadonlyMap<Node, Node>;
}

export type FunctionNode = FunctionLike | ArrowFunctionExpression;

/** Where a name comes from. */
type Origin = { readonly constant: Expression } | { readonly parameter: Node };

export const codeOf = (source: Source): Code => ({ source, parents: parentsOf(source.program) });

/** Every text that the expression can be, at most a dozen. */
export function texts(placed: Placed): readonly string[] {
  const { expression } = placed;
  const within = (inner: Expression) => texts({ ...placed, expression: inner });
  switch (expression.type) {
    case 'Literal':
      return typeof expression.value === 'string' ? [expression.value] : [];
    case 'TemplateLiteral':
      return [templateText(expression)];
    case 'ConditionalExpression': {
      const holds = placed.assumed?.get(textOf(placed.code.source, expression.test));
      return [
        ...(holds === false ? [] : within(expression.consequent)),
        ...(holds === true ? [] : within(expression.alternate)),
      ];
    }
    case 'LogicalExpression':
      return expression.operator === '&&'
        ? within(expression.right)
        : [...within(expression.left), ...within(expression.right)];
    case 'BinaryExpression': {
      const right = within(expression.right);
      return within(expression.left as Expression).flatMap(start => right.map(end => start + end));
    }
    case 'ParenthesizedExpression':
    case 'TSAsExpression':
    case 'TSSatisfiesExpression':
    case 'TSNonNullExpression':
      return within(expression.expression);
    case 'CallExpression':
      // `text`.trim() is the text.
      if (expression.callee.type === 'MemberExpression' && isText(expression.callee.object))
        return within(expression.callee.object);
      return [placeholder(expression)];
    case 'Identifier': {
      if (expression.name === 'undefined') return [];
      const origin = originOf(expression.name, expression, placed.code);
      if (origin && 'constant' in origin) return within(origin.constant);
      const given = origin && placed.given.get(origin.parameter);
      return given ? texts(given) : [placeholder(expression)];
    }
    default:
      return [placeholder(expression)];
  }
}

/** The texts without anything open in them, e.g. codes; values of an object that is a constant count all. */
export function literals(placed: Placed): readonly string[] {
  const { expression, code } = placed;
  const within = (inner: Expression) => literals({ ...placed, expression: inner });
  if (expression.type === 'LogicalExpression')
    return [...within(expression.left), ...within(expression.right)];
  if (expression.type === 'ConditionalExpression')
    return [...within(expression.consequent), ...within(expression.alternate)];
  if (expression.type === 'Identifier') {
    const origin = originOf(expression.name, expression, code);
    if (origin && 'constant' in origin) return within(origin.constant);
  }
  if (expression.type === 'MemberExpression' && expression.object.type === 'Identifier') {
    const origin = originOf(expression.object.name, expression, code);
    if (!origin || !('constant' in origin) || origin.constant.type !== 'ObjectExpression') return [];
    return origin.constant.properties.flatMap(property =>
      property.type === 'Property' ? within(property.value) : [],
    );
  }
  return texts(placed).filter(text => !/[<>]/.test(text));
}

const isText = ({ type, ...node }: Node) =>
  type === 'TemplateLiteral' || (type === 'Literal' && 'value' in node && typeof node.value === 'string');

function templateText({ quasis, expressions }: Extract<Expression, { type: 'TemplateLiteral' }>): string {
  return quasis
    .map(({ value }, i) => (value.cooked ?? value.raw) + (expressions[i] ? placeholder(expressions[i]) : ''))
    .join('');
}

const placeholder = (expression: Expression) => `<${nameOf(expression) ?? '…'}>`;

/** The word that stands for a value: `row.name` is a name, `quoted(text)` a text, `names.join(', ')` are names. */
function nameOf(expression: Node): string | undefined {
  switch (expression.type) {
    case 'Identifier':
      return expression.name;
    case 'MemberExpression': {
      const { object, property } = expression;
      if (property.type === 'PrivateIdentifier' || expression.computed) return nameOf(object);
      const name = (property as { readonly name: string }).name;
      return name === 'length' ? `number of ${nameOf(object) ?? '…'}` : name;
    }
    case 'CallExpression': {
      const { callee } = expression;
      const [first] = expression.arguments;
      const isMethod =
        callee.type === 'MemberExpression' &&
        !(callee.object.type === 'Identifier' && /^[A-Z]/.test(callee.object.name));
      if (isMethod) return nameOf(callee.object);
      return (first && nameOf(first)) ?? nameOf(callee);
    }
    case 'AwaitExpression':
      return nameOf(expression.argument);
    case 'LogicalExpression':
      return nameOf(expression.left);
    case 'TSNonNullExpression':
    case 'TSAsExpression':
    case 'ParenthesizedExpression':
    case 'ChainExpression':
      return nameOf(expression.expression);
    default:
      return undefined;
  }
}

/** The nearest declaration of a name around a place: a parameter, or a variable with its initialiser. */
export function originOf(name: string, place: Node, { parents }: Code): Origin | undefined {
  for (let node = parents.get(place); node; node = parents.get(node)) {
    if (isFunction(node)) {
      const parameter = parametersOf(node).find(declared => declared.name === name);
      if (parameter) return { parameter: parameter.node };
    }
    if (node.type !== 'Program' && node.type !== 'BlockStatement') continue;
    const constant = node.body.flatMap(constantsOf).find(declared => declared.name === name);
    if (constant) return { constant: constant.value };
  }
  return undefined;
}

function constantsOf(statement: Node): readonly { readonly name: string; readonly value: Expression }[] {
  if (statement.type === 'ExportNamedDeclaration')
    return statement.declaration ? constantsOf(statement.declaration) : [];
  if (statement.type !== 'VariableDeclaration') return [];
  return statement.declarations.flatMap(({ id, init }) =>
    id.type === 'Identifier' && init ? [{ name: id.name, value: init }] : [],
  );
}

export const isFunction = (node: Node): node is FunctionNode =>
  node.type === 'FunctionDeclaration' ||
  node.type === 'FunctionExpression' ||
  node.type === 'ArrowFunctionExpression';

/** The parameters that have a name of their own; `node` stands for the parameter. */
export function parametersOf({ params }: FunctionNode) {
  return params.flatMap((parameter: ParamPattern, index) => {
    const pattern = parameter.type === 'AssignmentPattern' ? parameter.left : parameter;
    return pattern.type === 'Identifier' ? [{ name: pattern.name, node: pattern, index }] : [];
  });
}

/** The named function around a place, innermost first. */
export function functionAround(
  place: Node,
  { parents }: Code,
): { readonly name: string; readonly node: FunctionNode } | undefined {
  for (let node = parents.get(place); node; node = parents.get(node)) {
    if (!isFunction(node)) continue;
    const parent = parents.get(node);
    if (node.type === 'FunctionDeclaration' && node.id) return { name: node.id.name, node };
    if (parent?.type === 'VariableDeclarator' && parent.id.type === 'Identifier')
      return { name: parent.id.name, node };
  }
  return undefined;
}

/** Where a function of this package is called by its name. */
export function callsOf(name: string, declared: Code, all: readonly Code[]) {
  const isSeenIn = ({ source }: Code) =>
    source.program.body.some(
      statement =>
        statement.type === 'ImportDeclaration' &&
        statement.source.value.startsWith('.') &&
        statement.specifiers.some(
          specifier =>
            specifier.type === 'ImportSpecifier' &&
            specifier.imported.type === 'Identifier' &&
            specifier.imported.name === name,
        ),
    );
  return all
    .filter(code => code === declared || isSeenIn(code))
    .flatMap(code =>
      [...nodesOf(code.source.program)].flatMap(node =>
        node.type === 'CallExpression' && node.callee.type === 'Identifier' && node.callee.name === name
          ? [{ call: node, code }]
          : [],
      ),
    );
}
