/** Texts as Python's `str` treats them. What counts as space differs from JavaScript: U+0085 does, U+FEFF does not. */
import { entriesOf, isObject, type Json, pythonNumber } from './json.js';

/** As a class of a regular expression; also what `\s` is in Python's `re`. */
export const SPACE = String.raw`[\t-\r\x1c-\x20\x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]`;
const isSpace = new RegExp(`^${SPACE}$`);

/** `text.strip()` */
export function strip(text: string): string {
  let [start, end] = [0, text.length];
  while (start < end && isSpace.test(text[start]!)) start++;
  while (end > start && isSpace.test(text[end - 1]!)) end--;
  return text.slice(start, end);
}

/** `text.strip("\n")` */
export const stripNewlines = (text: string): string => stripLeadingNewlines(text).replace(/\n+$/, '');

/** `text.lstrip("\n")` */
export const stripLeadingNewlines = (text: string): string => text.replace(/^\n+/, '');

/** `text.capitalize()` */
export function capitalize(text: string): string {
  const [first = '', ...rest] = Array.from(text);
  return first.toUpperCase() + rest.join('').toLowerCase();
}

/** `str(value)` */
export function str(value: Json): string {
  if (typeof value === 'string') return value;
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map(item => repr(item as Json)).join(', ')}]`;
  if (isObject(value))
    return `{${entriesOf(value)
      .map(([key, item]) => `${repr(key)}: ${repr(item)}`)
      .join(', ')}}`;
  return pythonNumber(value as number);
}

/** `repr(value)`: texts in quotes, preferably single ones. */
function repr(value: Json): string {
  if (typeof value !== 'string') return str(value);
  const quote = value.includes("'") && !value.includes('"') ? '"' : "'";
  const escaped = value
    .replaceAll('\\', String.raw`\\`)
    .replaceAll(quote, `\\${quote}`)
    .replaceAll('\n', String.raw`\n`)
    .replaceAll('\r', String.raw`\r`)
    .replaceAll('\t', String.raw`\t`);
  return quote + escaped + quote;
}
