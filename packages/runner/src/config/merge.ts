/** Merging of configs: objects key by key, anything else replaced. */
import { isValues, type Values } from '@tinsmith/core/options';

/** As a value: takes the key away, so that the default holds again. */
export const unset = Symbol('unset');

export function deepMerge(base: unknown, top: unknown): unknown {
  if (!isValues(base) || !isValues(top)) return isValues(top) ? withoutUnset(top) : top;
  const merged = new Map<string, unknown>(Object.entries(base));
  for (const [key, value] of Object.entries(top)) {
    if (value === unset) merged.delete(key);
    else if (value !== undefined) merged.set(key, deepMerge(merged.get(key), value));
  }
  return Object.fromEntries(merged); // defines own properties, whatever their names: `__proto__` does no harm
}

const withoutUnset = (values: Values): unknown => deepMerge({}, values);
