/**
 * Secrets are named, not written: finds literals in a config that look like keys or passwords. Never
 * shows them.
 */
import type { ErrorDetails } from '@tinsmith/core';
import type { OptionPath } from '@tinsmith/core/options';

/** `token` alone, or with a word that says whose: `stopToken` and `maxTokens` are no secrets. */
const secretName =
  /^(.*(api_?key|secret|passw(or)?d|passphrase|credentials?|(access|private|auth|signing)_?key)|(.*(access|api|auth|bearer|hf|hub|github|refresh|session|wandb|personal)_?)?token)$/i;
/** Forms that well-known services give to their keys. */
const secretForm =
  /^(sk-[\w-]{16,}|tml-[\w-]{16,}|hf_\w{16,}|gh[pousr]_\w{16,}|github_pat_\w{16,}|xox[abpr]-[\w-]{10,}|AKIA[A-Z0-9]{16})$/;
/** The name of an environment variable is what should stand there. */
const variableName = /^[A-Z][A-Z0-9]*(_[A-Z0-9]+)+$/;

const reference = /^\$\{([A-Z_][A-Z0-9_]*)\}$/;

/** The environment variable that a value such as `${SOME_API_KEY}` refers to. */
export const referenced = (value: unknown): string | undefined =>
  typeof value === 'string' ? reference.exec(value)?.[1] : undefined;

export const isSecretName = (key: string): boolean => secretName.test(key);

export function looksSecret(key: string, value: unknown): value is string {
  if (typeof value !== 'string' || value === '') return false;
  if (variableName.test(value) || referenced(value) !== undefined) return false;
  return isSecretName(key) || secretForm.test(value);
}

/** The paths of all texts below `value` that look like secrets. */
export function findSecrets(
  value: unknown,
  path: OptionPath = [],
  above: readonly object[] = [],
): readonly OptionPath[] {
  if (typeof value === 'object' && value !== null) {
    if (above.includes(value)) return []; // a program's value can contain itself
    return Object.entries(value).flatMap(([key, member]: [string, unknown]) =>
      findSecrets(member, [...path, Array.isArray(value) ? Number(key) : key], [...above, value]),
    );
  }
  const key = path.findLast(part => typeof part === 'string') ?? '';
  return looksSecret(key, value) ? [path] : [];
}

/** The problem of a secret that was written; it does not show it. */
export const secretWritten = (value: unknown): Omit<ErrorDetails, 'at'> => ({
  code: 'SECRET_IN_CONFIG',
  message: 'this looks like a secret, and secrets are not written in a config',
  found: `a text of ${String(value).length} characters`,
  fix: 'set an environment variable; plugins ask for keys by name, or take ${NAME} as an option',
});
