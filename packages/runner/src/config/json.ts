/** What JSON can carry. */
import { isValues } from '@tinsmith/core/options';

/** True if JSON carries the value there and back without loss. */
export function isJson(value: unknown, above: readonly unknown[] = []): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (above.includes(value)) return false;
  const inside = [...above, value];
  if (Array.isArray(value)) return value.every((member: unknown) => isJson(member, inside));
  return (
    isValues(value) && Object.values(value).every(member => member === undefined || isJson(member, inside))
  );
}
