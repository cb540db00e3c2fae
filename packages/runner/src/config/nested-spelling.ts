/** The Cookbook's spelling of what is inside an option. Which keys have another spelling only the schema can say. */
import { isValues, knownKeys, type JsonSchema, memberSchema } from '@tinsmith/core/options';
import { camelCase } from './camel-case.js';

/** A key that its object knows in camelCase is renamed; one of an object that takes any keys stays as it was written. */
export function inSpellingOf(schema: JsonSchema | undefined, value: unknown): unknown {
  if (!schema) return value;
  if (Array.isArray(value))
    return value.map((item, index) => inSpellingOf(memberSchema(schema, index), item));
  if (!isValues(value)) return value;
  const known = knownKeys(schema);
  const entries = Object.entries(value).map(([key, inner]) => {
    const spelled = camelCase(key);
    const name = known && !known.includes(key) && known.includes(spelled) ? spelled : key;
    return [name, inSpellingOf(memberSchema(schema, name), inner)] as const;
  });
  return Object.fromEntries(entries);
}
