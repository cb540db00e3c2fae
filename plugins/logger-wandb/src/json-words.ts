/**
 * JSON with the bare words NaN, Infinity and -Infinity, which W&B takes and JSON.stringify does not write
 * (loggers, section 3.2).
 */
export function stringify(value: unknown): string {
  if (typeof value === 'number') return Number.isFinite(value) ? JSON.stringify(value) : String(value);
  if (Array.isArray(value)) return `[${value.map(member => stringify(member ?? null)).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value ?? null);
  const entries = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${entries.map(([key, member]) => `${JSON.stringify(key)}:${stringify(member)}`).join(',')}}`;
}

/** The reverse. @throws {SyntaxError} for anything but an object. */
export function parse(text: string): Readonly<Record<string, unknown>> {
  const json = text.replaceAll(textOrWord, found => (found.startsWith('"') ? found : `"${MARK}${found}"`));
  const value: unknown = JSON.parse(json, (_, member: unknown) =>
    typeof member === 'string' && member.startsWith(MARK) ? Number(member.slice(MARK.length)) : member,
  );
  if (typeof value === 'object' && value !== null && !Array.isArray(value))
    return value as Record<string, unknown>;
  throw new SyntaxError('a row must be an object');
}

/** Strings come first, so that words inside them are passed over. */
const textOrWord = /"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g;
/** Before the words that become strings for a moment; JSON text cannot hold it unescaped. */
const MARK = '\uE000number:';
