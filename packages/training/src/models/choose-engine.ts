/** Which engine, where a name may be given and may be left out. Opens nothing. */
import { type Engine, nearest, type Registry, TinsmithError } from '@tinsmith/core';

/**
 * The named engine, else the only one there is.
 * @param at where the name is given: an option or a flag
 * @throws PROVIDER_MISSING for a name that no plugin provides; ENGINE_AMBIGUOUS without a name if there is none or several
 */
export function chooseEngine(
  name: string | undefined,
  engines: Pick<Registry<Engine>, 'names'>,
  at: string,
): string {
  const names = engines.names();
  const option = at.startsWith('--') ? `${at} ` : `${at.split('.').at(-1)}: `;
  if (name !== undefined) {
    if (names.includes(name)) return name;
    throw new TinsmithError({
      code: 'PROVIDER_MISSING',
      message: `nothing provides engine "${name}"`,
      at,
      found: names.join(', ') || 'no engine',
      fix: `${option}${nearest(name, names) ?? (names.join(', ') || 'a plugin that provides it')}`,
    });
  }
  if (names.length === 1) return names[0]!;
  throw new TinsmithError({
    code: 'ENGINE_AMBIGUOUS',
    message:
      names.length === 0 ? 'no plugin of the config provides an engine' : 'which engine? there are several',
    at: names.length === 0 ? 'plugins' : at,
    found: names.join(', ') || 'none',
    fix: names.length === 0 ? 'add @tinsmith/engine-local to `plugins`' : `${option}${names[0]}`,
  });
}
