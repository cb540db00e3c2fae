/**
 * The little that is read from a schema's JSON Schema: which keys an object takes, and what a value is to
 * be. Schemas say so by Standard JSON Schema (zod does); of one that does not, nothing is known here and
 * only its own validation speaks.
 */
import type { StandardSchema } from './standard.js';

export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly default?: unknown;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly additionalProperties?: unknown;
  readonly items?: unknown;
  readonly anyOf?: readonly JsonSchema[];
  readonly oneOf?: readonly JsonSchema[];
  readonly allOf?: readonly JsonSchema[];
  readonly $ref?: string;
}

interface WithJsonSchema {
  readonly jsonSchema?: { input(options: object): unknown };
}

/** Of what goes in, before defaults. Undefined if the schema cannot tell. */
export function jsonSchemaOf(
  schema: StandardSchema,
  target: 'draft-2020-12' | 'draft-07' = 'draft-2020-12',
): JsonSchema | undefined {
  const standard: object & WithJsonSchema = schema['~standard'];
  try {
    const json: unknown = standard.jsonSchema?.input({
      target,
      libraryOptions: { unrepresentable: 'any' },
    });
    return isSchema(json) ? json : undefined;
  } catch {
    return undefined; // a type that JSON Schema has no word for
  }
}

/** The keys that an object takes; undefined if it takes any, or if the schema does not say. */
export function knownKeys(schema: JsonSchema): readonly string[] | undefined {
  const branches = schema.anyOf ?? schema.oneOf;
  if (branches) {
    const objects = branches.filter(branch => branch.type === 'object');
    const keys = objects.map(knownKeys);
    if (objects.length === 0 || keys.includes(undefined)) return undefined;
    return [...new Set(keys.flatMap(some => some ?? []))];
  }
  if (schema.allOf || schema.$ref !== undefined || !schema.properties) return undefined;
  // zod leaves additionalProperties out for a plain object, whose unknown keys it drops in silence.
  const closed = schema.additionalProperties === undefined || schema.additionalProperties === false;
  return closed ? Object.keys(schema.properties) : undefined;
}

/** The schema of one member of an object or list, as far as it can be told. */
export function memberSchema(schema: JsonSchema, key: string | number): JsonSchema | undefined {
  const branches = (schema.anyOf ?? schema.oneOf)?.map(branch => memberSchema(branch, key));
  if (branches) {
    const found = branches.filter(branch => branch !== undefined);
    return found.length > 1 ? { anyOf: found } : found[0];
  }
  if (typeof key === 'number') return isSchema(schema.items) ? schema.items : undefined;
  const property = schema.properties?.[key];
  if (property) return property;
  return isSchema(schema.additionalProperties) ? schema.additionalProperties : undefined;
}

const isSchema = (value: unknown): value is JsonSchema => typeof value === 'object' && value !== null;
