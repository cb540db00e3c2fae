/** Merging of configs: objects key by key, anything else replaced. */
import { isValues, type Values } from '@tinsmith/core/options';

/** As a value: takes the key away, so that the default holds again. */
export const unset = Symbol('unset');

/** `above` are the objects that `top` is inside of: a program's value can contain itself, and then stays as it is. */
export function deepMerge(base: unknown, top: unknown, above: readonly Values[] = []): unknown {
  if (!isValues(top) || above.includes(top)) return top;
  const merged = new Map<string, unknown>(isValues(base) ? Object.entries(base) : []);
  for (const [key, value] of Object.entries(top)) {
    if (value === unset) merged.delete(key);
    else if (value !== undefined) merged.set(key, deepMerge(merged.get(key), value, [...above, top]));
  }
  return Object.fromEntries(merged); // defines own properties, whatever their names: `__proto__` does no harm
}
