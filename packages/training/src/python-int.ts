/** Numbers as Python reads them. */

/** Every decimal digit, of whatever script, as one of 0 to 9. Unicode has the digits of a script in order, ten in a row. */
export function asciiDigits(text: string): string {
  return text.replaceAll(/\p{Nd}/gu, asciiDigit);
}

function asciiDigit(digit: string): string {
  const code = digit.codePointAt(0)!;
  let before = 0;
  while (/\p{Nd}/u.test(String.fromCodePoint(code - before - 1))) before++;
  return String(before % 10);
}

/** More digits than `int` takes from a text. */
const MOST_DIGITS = 4300;

/** `int(text)`: spaces around it, a sign, single underscores between digits and digits of any script are allowed. */
export function pythonInt(text: string): bigint | undefined {
  const [, sign, written] =
    /^[\s\u0085]*([+-]?)(\p{Nd}+(?:_\p{Nd}+)*)[\s\u0085]*$/u.exec(text.replaceAll('\uFEFF', '?')) ?? [];
  if (written === undefined) return undefined;
  const digits = asciiDigits(written.replaceAll('_', ''));
  if (digits.length > MOST_DIGITS) return undefined;
  const size = BigInt(digits);
  return sign === '-' ? -size : size;
}
