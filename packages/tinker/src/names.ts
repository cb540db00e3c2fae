/**
 * snake_case on the wire, camelCase here. Maps whose keys belong to somebody else (metadata, metrics, file names) are
 * passed through untouched.
 */
const OPAQUE = new Set(['user_metadata', 'metrics', 'urls', 'event_details', 'sessions_by_id']);

const camel = (key: string): string =>
  key.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
const snake = (key: string): string => key.replace(/[A-Z]/g, letter => `_${letter.toLowerCase()}`);

/** Of an answer. Absent and null are the same to a reader, so nulls go. */
export function camelKeys(value: unknown, opaque: ReadonlySet<string> = OPAQUE): unknown {
  if (Array.isArray(value)) return value.map(item => camelKeys(item, opaque));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== null)
      .map(([key, item]) => [camel(key), opaque.has(key) ? item : camelKeys(item, opaque)]),
  );
}

/** Of a request; undefined fields are left out. */
export function snakeKeys(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(snakeKeys);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, item]) => item !== undefined)
      .map(([key, item]) => [snake(key), key === 'userMetadata' ? item : snakeKeys(item)]),
  );
}
