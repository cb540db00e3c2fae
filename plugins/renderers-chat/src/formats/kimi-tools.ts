/**
 * Tools as Kimi K2.5 declares them: functions in a TypeScript namespace, with interfaces for shared definitions. What the
 * declaration looks like depends on the order of fields in the schema. Knows nothing about messages.
 */
import { TinsmithError, type ToolDeclaration } from '@tinsmith/core';
import { compareCodePoints, dumps, entriesOf, field, isObject, type Json } from '../python/json.js';
import { str } from '../python/text.js';

const INDENT = '  ';

export function declareInTypeScript(tools: readonly ToolDeclaration[]): string {
  const functions = tools.map(tool => declareFunction(tool as unknown as Json)).join('\n');
  return `# Tools\n\n## functions\nnamespace functions {\n${functions}\n}\n`;
}

/** Definitions that the schema refers to, and whether it refers to itself. */
interface Definitions {
  readonly byName: Map<string, Json>;
  refersToItself: boolean;
}

/** A type in TypeScript, with what is said about it. */
interface SchemaType {
  /** Comment lines, each with a newline behind it. */
  comment(indent: string): string;
  write(indent: string): string;
}

function declareFunction(tool: Json): string {
  const definitions: Definitions = { byName: new Map(), refersToItself: false };
  const schema = field(tool, 'parameters') ?? new Map<string, Json>();
  const parameters = objectType(schema, definitions);
  const interfaces: string[] = [];
  if (definitions.refersToItself) {
    const lines = parameters.inOrder.map(parameter => parameter.write(INDENT)).join(',\n');
    interfaces.push(`interface parameters {${lines === '' ? '' : `\n${lines}\n`}}`);
  }
  // Definitions inside definitions are for references only: the template writes no interface for them.
  const shared = Array.from(definitions.byName);
  for (const [name, definition] of shared) {
    const type = typeOf(definition, definitions).write('');
    const description = field(definition, 'description');
    const comment = description ? `${commentLines(str(description), '')}\n` : '';
    interfaces.push(`${comment}interface ${name} ${type}`);
  }
  const name = str(field(tool, 'name') ?? 'function');
  const taken = definitions.refersToItself ? 'parameters' : parameters.write('');
  const description = field(tool, 'description');
  return [
    interfaces.join('\n'),
    description ? commentLines(str(description), '') : '',
    `type ${name} = (_: ${taken}) => any;`,
  ]
    .filter(part => part !== '')
    .join('\n');
}

const commentLines = (text: string, indent: string) =>
  text
    .split('\n')
    .map(line => (line === '' ? '' : `${indent}// ${line}`))
    .join('\n');

/** The description and, of the named fields, those that are there. */
function commentOf(schema: Json, constraintNames: readonly string[] = []) {
  const description = field(schema, 'description') ?? '';
  const constraints = entriesOf(schema)
    .filter(([name]) => constraintNames.includes(name))
    .toSorted(([a], [b]) => compareCodePoints(a, b))
    .map(([name, value]) => `${name}: ${str(value)}`);
  return (indent: string) =>
    (description ? `${commentLines(str(description), indent)}\n` : '') +
    (constraints.length === 0 ? '' : `${indent}// ${constraints.join(', ')}\n`);
}

const noComment = () => '';
const CONSTRAINTS: Readonly<Record<string, readonly string[]>> = {
  string: ['maxLength', 'minLength', 'pattern'],
  number: ['maximum', 'minimum'],
  integer: ['maximum', 'minimum'],
};

function typeOf(schema: Json, definitions: Definitions): SchemaType {
  if (schema === true) return { comment: noComment, write: () => 'any' };
  if (schema === false) return { comment: noComment, write: () => 'null' };
  const [reference, anyOf, values, type] = ['$ref', 'anyOf', 'enum', 'type'].map(name => field(schema, name));
  if (reference !== undefined) return referenceType(str(reference), schema, definitions);
  if (Array.isArray(anyOf)) {
    const members = anyOf.map(member => typeOf(member as Json, definitions));
    return {
      comment: commentOf(schema),
      write: indent => members.map(member => member.write(indent)).join(' | '),
    };
  }
  if (Array.isArray(values)) return enumType(values as Json[], schema);
  if (Array.isArray(type))
    return {
      comment: commentOf(schema),
      write: () => type.map(name => unionMember(str(name as Json))).join(' | '),
    };
  if (type === 'object') return objectType(schema, definitions);
  if (type === 'array') return arrayType(schema, definitions);
  if (type !== undefined) {
    const name = str(type);
    return {
      comment: commentOf(schema, CONSTRAINTS[name]),
      write: () => (name === 'integer' ? 'number' : name),
    };
  }
  if (entriesOf(schema).length === 0) return { comment: noComment, write: () => 'any' };
  return refuseSchema('a schema without type, enum, anyOf or $ref', schema);
}

function referenceType(reference: string, schema: Json, definitions: Definitions): SchemaType {
  const name = reference.split('/').at(-1)!;
  if (reference === '#') definitions.refersToItself = true;
  else if (!reference.startsWith('#/$defs/') || !definitions.byName.has(name))
    refuseSchema(`nothing is defined as ${reference}`, schema);
  return { comment: commentOf(schema), write: () => (reference === '#' ? 'parameters' : name) };
}

function enumType(values: readonly Json[], schema: Json): SchemaType {
  checkEnum(values, field(schema, 'type'), schema);
  return {
    comment: commentOf(schema),
    write: () => values.map(value => (typeof value === 'string' ? `"${value}"` : str(value))).join(' | '),
  };
}

function checkEnum(values: readonly Json[], declared: Json | undefined, schema: Json): void {
  if (declared === undefined) return;
  const names = Array.isArray(declared) ? declared.map(name => str(name as Json)) : [str(declared)];
  if (names.length > 2 || (names.length === 2 && !names.includes('null')))
    refuseSchema('an enum of several types', schema);
  const name = names.find(type => type !== 'null') ?? 'null';
  const wrong = values.find(value => value !== null && !isOfType(value, name));
  if (wrong !== undefined) refuseSchema(`an enum whose value ${str(wrong)} is no ${name}`, schema);
}

/** In Python, True is a number too. */
function isOfType(value: Json, name: string): boolean {
  const isNumber = typeof value !== 'string' && !isObject(value) && !Array.isArray(value);
  switch (name) {
    case 'string':
      return typeof value === 'string';
    case 'boolean':
      return typeof value === 'boolean';
    case 'number':
      return isNumber;
    case 'integer':
      return isNumber && (typeof value === 'bigint' || typeof value === 'boolean' || Number.isInteger(value));
    default:
      return true;
  }
}

function unionMember(name: string): string {
  const member = {
    string: 'string',
    number: 'number',
    integer: 'number',
    boolean: 'boolean',
    null: 'null',
    object: '{}',
    array: 'Array<any>',
  }[name];
  return member ?? refuseSchema(`the type ${name}`, name);
}

function arrayType(schema: Json, definitions: Definitions): SchemaType {
  const items = field(schema, 'items');
  const item =
    items !== undefined && isFilled(items) ? typeOf(items, definitions) : typeOf(true, definitions);
  return {
    comment: commentOf(schema, ['minItems', 'maxItems']),
    write(indent) {
      const inner = indent + INDENT;
      const comment = item.comment(inner);
      return comment === ''
        ? `Array<${item.write(indent)}>`
        : `Array<\n${comment}${inner}${item.write(inner)}\n${indent}>`;
    },
  };
}

/** Python's truth. */
const isFilled = (value: Json) => (isObject(value) ? entriesOf(value).length > 0 : Boolean(value));

interface Parameter {
  readonly name: string;
  readonly isOptional: boolean;
  write(indent: string): string;
}

function objectType(
  schema: Json,
  definitions: Definitions,
): SchemaType & { readonly inOrder: readonly Parameter[] } {
  for (const [name, definition] of entriesOf(field(schema, '$defs')))
    definitions.byName.set(name, definition);
  const additional = field(schema, 'additionalProperties');
  const additionalType = additionalTypeOf(additional, definitions);
  const required = field(schema, 'required');
  const inOrder = entriesOf(field(schema, 'properties')).map(([name, property]) =>
    parameterOf(name, property, {
      isOptional: !(Array.isArray(required) && required.includes(name)),
      definitions,
    }),
  );
  const byName = inOrder.toSorted((a, b) => compareCodePoints(a.name, b.name));
  const requiredFirst = [
    ...byName.filter(({ isOptional }) => !isOptional),
    ...byName.filter(({ isOptional }) => isOptional),
  ];

  return {
    inOrder,
    comment: commentOf(schema),
    write(indent) {
      const inner = indent + INDENT;
      const lines = requiredFirst.map(parameter => parameter.write(inner));
      if (additionalType) lines.push(`${inner}[k: string]: ${additionalType.write(inner)}`);
      return lines.length === 0 ? '{}' : `{\n${lines.join(',\n')}\n${indent}}`;
    },
  };
}

function additionalTypeOf(schema: Json | undefined, definitions: Definitions): SchemaType | undefined {
  if (schema === undefined || schema === null) return undefined;
  if (schema === false) return { comment: noComment, write: () => 'never' };
  return typeOf(schema, definitions);
}

function parameterOf(
  name: string,
  schema: Json,
  { isOptional, definitions }: { readonly isOptional: boolean; readonly definitions: Definitions },
): Parameter {
  const type = typeOf(schema, definitions);
  const value = field(schema, 'default') ?? null;
  return {
    name,
    isOptional,
    write(indent) {
      const note = value === null ? '' : `${indent}// Default: ${defaultText(value)}\n`;
      return `${type.comment(indent)}${note}${indent}${name}${isOptional ? '?' : ''}: ${type.write(indent)}`;
    },
  };
}

const defaultText = (value: Json): string =>
  typeof value === 'string' || Array.isArray(value) || isObject(value)
    ? dumps(value, { ascii: false })
    : str(value);

function refuseSchema(what: string, schema: Json): never {
  throw new TinsmithError({
    code: 'RENDERER_TOOL_INVALID',
    message: `the parameters of a tool cannot be declared: ${what}`,
    found: dumps(schema),
    fix: 'write the schema with type, properties, items, enum, anyOf or $ref to #/$defs',
  });
}
