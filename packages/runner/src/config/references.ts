/**
 * References to the environment in options of plugins: `apiKey: ${SOME_API_KEY}`. For secrets only: anything
 * else that came from the environment would make a run that its config.json does not tell.
 */
import { problemsOf, type ErrorDetails, type Secrets } from '@tinsmith/core';
import { isValues, type OptionPath } from '@tinsmith/core/options';
import { isSecretName, referenced } from './secret-like.js';

type Report = (path: OptionPath, details: Omit<ErrorDetails, 'at'>) => void;

/** The options with the values of the variables that they refer to; the same object if they refer to none. */
export function resolveReferences(options: unknown, secrets: Secrets, report: Report): unknown {
  return findReferences(options).length > 0 ? resolve(options, secrets, report, []) : options;
}

function resolve(
  value: unknown,
  secrets: Secrets,
  report: Report,
  path: OptionPath,
  above: readonly unknown[] = [],
): unknown {
  if (typeof value === 'object' && above.includes(value)) return value;
  const inside = [...above, value];
  if (Array.isArray(value)) {
    return value.map((entry: unknown, i) => resolve(entry, secrets, report, [...path, i], inside));
  }
  if (isValues(value)) {
    const members = Object.entries(value).map(([key, member]) => [
      key,
      resolve(member, secrets, report, [...path, key], inside),
    ]);
    return Object.fromEntries(members);
  }
  const variable = referenced(value);
  if (variable === undefined) return value;
  const name = path.findLast(part => typeof part === 'string') ?? '';
  if (!isSecretName(name)) {
    report(path, notForSecrets(String(value)));
    return value;
  }
  try {
    return secrets.require(variable);
  } catch (error) {
    const [missing] = problemsOf(error);
    if (!missing) throw error;
    report(path, { code: missing.code, message: missing.message, fix: missing.fix });
    return value;
  }
}

/** The paths of all references below `value`. */
export function findReferences(
  value: unknown,
  path: OptionPath = [],
  above: readonly object[] = [],
): readonly OptionPath[] {
  if (typeof value !== 'object' || value === null) return referenced(value) === undefined ? [] : [path];
  if (above.includes(value)) return []; // a program's value can contain itself
  const inside = [...above, value];
  if (Array.isArray(value)) {
    return value.flatMap((entry: unknown, i) => findReferences(entry, [...path, i], inside));
  }
  if (isValues(value)) {
    return Object.entries(value).flatMap(([key, member]) => findReferences(member, [...path, key], inside));
  }
  return [];
}

export const notForSecrets = (written: string): Omit<ErrorDetails, 'at'> => ({
  code: 'REFERENCE_REFUSED',
  message: 'only secrets in options of plugins are taken from the environment',
  found: written,
  fix: 'write the value, or give it on the command line',
});
