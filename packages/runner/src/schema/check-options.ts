/**
 * Checks options against a Standard Schema. Unknown keys are problems whatever the schema thinks of them:
 * a plain `z.object` drops them in silence, and a mistyped option would be lost.
 */
import type { OptionPath } from '../config/path.js';
import { isValues } from '../config/values.js';
import { jsonSchemaOf, knownKeys, memberSchema, type JsonSchema } from './json-schema.js';
import { sentences, unknownKey, type OptionIssue } from './sentence.js';
import type { StandardSchema } from './standard.js';

export interface CheckedOptions {
  /** With defaults; undefined if there are issues. */
  readonly value: unknown;
  readonly issues: readonly OptionIssue[];
}

export async function checkOptions(schema: StandardSchema, options: unknown): Promise<CheckedOptions> {
  const jsonSchema = jsonSchemaOf(schema);
  const unknown: OptionIssue[] = [];
  const known = jsonSchema ? withoutUnknown(options, jsonSchema, [], unknown) : options;
  const result = await schema['~standard'].validate(known);
  const issues = (result.issues ?? []).flatMap(issue => sentences(issue, known, jsonSchema));
  const all = [...unknown, ...issues];
  return { value: result.issues || all.length ? undefined : result.value, issues: all };
}

/** The options without keys that the schema does not know; those are added to `issues`. */
function withoutUnknown(value: unknown, schema: JsonSchema, path: OptionPath, issues: OptionIssue[]): unknown {
  if (Array.isArray(value)) {
    return value.map((entry: unknown, i) => {
      const inner = memberSchema(schema, i);
      return inner ? withoutUnknown(entry, inner, [...path, i], issues) : entry;
    });
  }
  if (!isValues(value)) return value;
  const known = knownKeys(schema);
  const kept = Object.entries(value).flatMap(([key, member]): [string, unknown][] => {
    if (known && !known.includes(key)) {
      issues.push(unknownKey([...path, key], known));
      return [];
    }
    const inner = memberSchema(schema, key);
    return [[key, inner ? withoutUnknown(member, inner, [...path, key], issues) : member]];
  });
  return Object.fromEntries(kept);
}
