/**
 * JSON as this protocol needs it: integers of 64 bits go out and come back exactly (protocol, trap 20), and the bare
 * NaN and Infinity that Python writes are read. Knows nothing of what the values mean.
 */

// A string that no caller can guess, so that no text of a caller is ever taken for a number.
const MARK = `${Math.random().toString(36).slice(2)}${Math.random().toString(36).slice(2)}:`;
const MARKED = new RegExp(`"${MARK}(-?\\d+)"`, 'g');

/** Bigints are written as JSON integers, and typed arrays as arrays. */
export function stringifyJson(value: unknown): string {
  let marked = false;
  const text = JSON.stringify(value, (_key, item: unknown) => {
    if (typeof item === 'bigint') {
      marked = true;
      return MARK + item.toString();
    }
    return ArrayBuffer.isView(item) && !(item instanceof DataView)
      ? Array.from(item as unknown as ArrayLike<unknown>)
      : item;
  });
  return marked ? text.replace(MARKED, '$1') : text;
}

const LONG_INTEGER = /\d{16}/;
const STRING_OR_BARE_WORD = /"(?:[^"\\]|\\.)*"|-?Infinity|NaN/g;

/** An integer that a double cannot hold becomes a bigint instead of a neighbour; NaN becomes null. */
export function parseJson(text: string): unknown {
  const reviver = LONG_INTEGER.test(text) ? exactIntegers : undefined;
  try {
    return JSON.parse(text, reviver) as unknown;
  } catch (error) {
    if (!/NaN|Infinity/.test(text)) throw error;
    // 1e999 is how JSON spells infinity: it overflows to it in every parser.
    const repaired = text.replace(STRING_OR_BARE_WORD, word =>
      word === 'NaN' ? 'null' : word.startsWith('"') ? word : word.replace('Infinity', '1e999'),
    );
    return JSON.parse(repaired, reviver) as unknown;
  }
}

function exactIntegers(_key: string, value: unknown, context?: { source?: string }): unknown {
  if (typeof value !== 'number' || Number.isSafeInteger(value)) return value;
  const source = context?.source;
  return source !== undefined && /^-?\d+$/.test(source) ? BigInt(source) : value;
}
