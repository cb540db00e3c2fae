/**
 * Decimal numerals as text: what counts as an integer, exactly, whatever its length. No arithmetic, so that a numeral of a
 * million digits costs no more than reading it.
 */

const FLOAT = /^\s*(?<sign>[+-]?)(?<whole>\d*)(?:\.(?<part>\d*))?(?:[eE](?<exponent>[+-]?\d+))?\s*$/;

/** Above this a double is infinite: the reference then no longer sees a number. */
const MAX_EXPONENT = 308;

/** What the reference takes within 1e-7 of an integer for an integer. */
const REFERENCE_TOLERANCE = 1e-7;

export type Numeral =
  | { readonly kind: 'integer'; readonly text: string; readonly beyondDouble: boolean }
  /** Not an integer, though the reference, which allows 1e-7, takes it for one. */
  | { readonly kind: 'near-integer' }
  | { readonly kind: 'other' };

const OTHER: Numeral = { kind: 'other' };

/** Reads a numeral in Python's spelling of a float, without underscores (see the rule `base-subscript`). */
export function readNumeral(source: string): Numeral {
  const groups = FLOAT.exec(asciiDigits(source))?.groups;
  if (groups === undefined) return OTHER;
  const { sign = '', whole = '', part = '', exponent = '0' } = groups;
  if (whole === '' && part === '') return OTHER;
  const shift = Number(exponent);
  if (Math.abs(shift) > MAX_EXPONENT) return OTHER;
  const digits = whole + part;
  const point = whole.length + shift;
  const before = point <= 0 ? '' : digits.slice(0, point).padEnd(point, '0');
  const after = point < 0 ? '0'.repeat(-point) + digits : digits.slice(point);
  if (/[1-9]/.test(after)) {
    const value = Number(`${sign}${before || '0'}.${after}`);
    return Math.abs(value - Math.round(value)) <= REFERENCE_TOLERANCE ? { kind: 'near-integer' } : OTHER;
  }
  const magnitude = before.replace(/^0+/, '') || '0';
  const text = sign === '-' && magnitude !== '0' ? `-${magnitude}` : magnitude;
  return { kind: 'integer', text, beyondDouble: magnitude.length > 15 };
}

/** Decimal digits of any script as 0-9, as Python reads them. */
export function asciiDigits(text: string): string {
  // oxlint-disable-next-line no-control-regex -- the range is ASCII
  if (/^[\x00-\x7f]*$/.test(text)) return text;
  return text.replace(/\p{Nd}/gu, digit => {
    // Each script's ten digits are contiguous, and so are the five sets of mathematical digits.
    let code = digit.codePointAt(0) ?? 0;
    let value = 0;
    if (code >= 0x1d7ce && code <= 0x1d7ff) return String((code - 0x1d7ce) % 10);
    while (value < 9 && /\p{Nd}/u.test(String.fromCodePoint(code - 1))) {
      code -= 1;
      value += 1;
    }
    return String(value);
  });
}

/** Removes the commas of 12,345, and of no other number: 1,2,3 keeps its own. */
export function stripThousands(text: string): string {
  if (!text.includes(',')) return text;
  let current = text;
  for (;;) {
    const next = current.replace(/(\p{Nd}),(\p{Nd}{3})($|\P{Nd})/gu, '$1$2$3');
    if (next === current) return current;
    current = next;
  }
}
