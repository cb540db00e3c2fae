/** Tools as gpt-oss declares them: functions in a TypeScript namespace. Knows nothing about messages. */
import type { ToolDeclaration } from '@tinsmith/core';
import { dumps, entriesOf, field, type Json } from '../python/json.js';
import { str } from '../python/text.js';

export function declareNamespace(tools: readonly ToolDeclaration[]): string {
  const functions = tools.map(tool => declareFunction(tool as unknown as Json)).join('\n\n');
  return `# Tools\n\n## functions\n\nnamespace functions {\n\n${functions}\n\n} // namespace functions`;
}

function declareFunction(tool: Json): string {
  const description = textField(tool, 'description');
  const comment = description === '' ? '' : `// ${description}\n`;
  return `${comment}type ${textField(tool, 'name')} = ${parameterBlock(field(tool, 'parameters') ?? null)} => any;`;
}

function parameterBlock(schema: Json): string {
  const properties = entriesOf(field(schema, 'properties'));
  if (field(schema, 'type') !== 'object' || properties.length === 0) return '()';
  const description = textField(schema, 'description');
  const lines = properties.flatMap(([name, property]) => {
    const value = field(property, 'default');
    const note = value === undefined ? '' : ` // default: ${dumps(value)}`;
    return [...comments(property), `${name}${optionalMark(schema, name)}: ${typeOf(property)},${note}`];
  });
  return [description === '' ? '(_:' : `(_: // ${description}`, '{', ...lines, '})'].join('\n');
}

function comments(schema: Json): string[] {
  const [title, description] = [textField(schema, 'title'), textField(schema, 'description')];
  const examples = field(schema, 'examples');
  return [
    ...(title === '' ? [] : [title, '']),
    ...(description === '' ? [] : [description]),
    ...(Array.isArray(examples) && examples.length > 0
      ? ['Examples:', ...examples.map(example => `- ${dumps(example as Json)}`)]
      : []),
  ].map(line => `// ${line}`);
}

function typeOf(schema: Json): string {
  for (const union of ['oneOf', 'anyOf']) {
    const members = field(schema, union);
    if (Array.isArray(members)) return members.map(member => typeOf(member as Json)).join(' | ');
  }
  const type = field(schema, 'type') ?? 'any';
  if (Array.isArray(type)) return type.map(member => typeOf(new Map([['type', member as Json]]))).join(' | ');
  const values = field(schema, 'enum');
  if (type === 'string' && Array.isArray(values))
    return values.map(value => dumps(value as Json)).join(' | ');
  const base = baseType(str(type), schema);
  return field(schema, 'nullable') ? `${base} | null` : base;
}

function baseType(type: string, schema: Json): string {
  switch (type) {
    case 'string':
    case 'boolean':
      return type;
    case 'number':
    case 'integer':
      return 'number';
    case 'array':
      return `${typeOf(field(schema, 'items') ?? new Map())}[]`;
    case 'object': {
      const fields = entriesOf(field(schema, 'properties'));
      return `{ ${fields.map(([name, property]) => `${name}${optionalMark(schema, name)}: ${typeOf(property)}`).join(', ')} }`;
    }
    default:
      return 'any';
  }
}

function optionalMark(schema: Json, name: string): '' | '?' {
  const required = field(schema, 'required');
  return Array.isArray(required) && required.includes(name) ? '' : '?';
}

/** Empty if it is absent or empty. */
function textField(schema: Json, name: string): string {
  const value = field(schema, name);
  return value === undefined || value === null ? '' : str(value);
}
