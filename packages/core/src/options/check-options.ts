/**
 * Checks options against a Standard Schema. Unknown keys are problems whatever the schema thinks of them:
 * a plain `z.object` drops them in silence, and a mistyped option would be lost.
 */
import { jsonSchemaOf, knownKeys, memberSchema, type JsonSchema } from './json-schema.js';
import type { OptionPath } from './path.js';
import { sentences, unknownKey, type OptionIssue } from './sentence.js';
import type { StandardSchema } from './standard.js';
import { isValues, type Values } from './values.js';

export interface CheckedOptions {
  /** With defaults; undefined if there are issues. */
  readonly value: unknown;
  readonly issues: readonly OptionIssue[];
}

/** `otherKeys` are keys at the top that are checked elsewhere, unless the schema has them too. */
export async function checkOptions(
  schema: StandardSchema,
  options: unknown,
  otherKeys: readonly string[] = [],
): Promise<CheckedOptions> {
  const jsonSchema = jsonSchemaOf(schema);
  const known = jsonSchema && knownKeys(jsonSchema);
  const own = isValues(options)
    ? omit(
        options,
        otherKeys.filter(key => !known?.includes(key)),
      )
    : options;
  const unknown: OptionIssue[] = [];
  const cleaned = jsonSchema ? withoutUnknown(own, jsonSchema, [], unknown) : own;
  const result = await schema['~standard'].validate(cleaned);
  const issues = (result.issues ?? []).flatMap(issue => sentences(issue, cleaned, jsonSchema));
  const all = [...unknown, ...issues].map(issue => withSuggestion(issue, known, otherKeys));
  return { value: result.issues || all.length ? undefined : result.value, issues: all };
}

/** A mistyped key may have been meant as one that is checked elsewhere. */
function withSuggestion(
  issue: OptionIssue,
  known: readonly string[] = [],
  otherKeys: readonly string[],
): OptionIssue {
  if (issue.code !== 'OPTION_UNKNOWN' || issue.path.length !== 1) return issue;
  return unknownKey(issue.path, [...new Set([...otherKeys, ...known])]);
}

const omit = (values: Values, keys: readonly string[]): Values =>
  Object.fromEntries(Object.entries(values).filter(([key]) => !keys.includes(key)));

/** The options without keys that the schema does not know; those are added to `issues`. */
function withoutUnknown(
  value: unknown,
  schema: JsonSchema,
  path: OptionPath,
  issues: OptionIssue[],
): unknown {
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
