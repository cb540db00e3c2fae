/**
 * JSON as Python reads and writes it: chat templates are run in Python, and a number or a space that is written another way is
 * another prompt. Keeps what JSON.parse loses: 3.0 is not 3, long integers stay exact, keys keep their order.
 */
import { floatText } from '@tinsmith/training';

/** A float that JavaScript would take for an integer. */
export class PythonFloat {
  readonly value: number;
  constructor(value: number) {
    this.value = value;
  }
}

export type Json =
  | null
  | boolean
  | string
  | number
  | bigint
  | PythonFloat
  | readonly Json[]
  | ReadonlyMap<string, Json>
  | { readonly [key: string]: Json };

export const isObject = (
  value: unknown,
): value is ReadonlyMap<string, Json> | Readonly<Record<string, Json>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof PythonFloat);

/** Fields in order, of an object or a Map. */
export function entriesOf(value: unknown): [string, Json][] {
  if (value instanceof Map) return [...(value as ReadonlyMap<string, Json>)];
  return isObject(value) ? (Object.entries(value) as [string, Json][]) : [];
}

export function field(value: unknown, name: string): Json | undefined {
  if (value instanceof Map) return (value as ReadonlyMap<string, Json>).get(name);
  return isObject(value) && Object.hasOwn(value, name) ? (value as Record<string, Json>)[name] : undefined;
}

export interface DumpOptions {
  /** Without spaces after commas and colons. */
  readonly compact?: boolean;
  readonly sortKeys?: boolean;
  /** Default true: everything else is escaped. */
  readonly ascii?: boolean;
}

/** `json.dumps`. */
export function dumps(value: Json, options: DumpOptions = {}): string {
  const [comma, colon] = options.compact ? [',', ':'] : [', ', ': '];
  if (value === null) return 'null';
  if (typeof value === 'string') return dumpText(value, options.ascii ?? true);
  if (typeof value === 'boolean') return String(value);
  if (Array.isArray(value)) return `[${value.map(item => dumps(item as Json, options)).join(comma)}]`;
  if (!isObject(value)) return jsonNumber(value as number | bigint | PythonFloat);
  const entries = entriesOf(value);
  if (options.sortKeys) entries.sort(([a], [b]) => compareCodePoints(a, b));
  const fields = entries.map(
    ([key, item]) => `${dumpText(key, options.ascii ?? true)}${colon}${dumps(item, options)}`,
  );
  return `{${fields.join(comma)}}`;
}

function dumpText(text: string, ascii: boolean): string {
  const quoted = JSON.stringify(text);
  return ascii ? quoted.replaceAll(/[\u007f-\uffff]/g, escapeUnit) : quoted;
}

/** DEL is ASCII, and Python writes it as it is. */
const escapeUnit = (unit: string) =>
  unit === '\u007f' ? unit : `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`;

function jsonNumber(value: number | bigint | PythonFloat): string {
  const text = pythonNumber(value);
  return { inf: 'Infinity', '-inf': '-Infinity', nan: 'NaN' }[text] ?? text;
}

/** `str` of an int or a float. */
export function pythonNumber(value: number | bigint | PythonFloat): string {
  if (typeof value === 'bigint') return value.toString();
  if (value instanceof PythonFloat) return floatText(value.value);
  return Number.isInteger(value) ? BigInt(value).toString() : floatText(value);
}

/** By code point, as Python compares; JavaScript compares halves of surrogate pairs. */
export function compareCodePoints(a: string, b: string): number {
  const [left, right] = [Array.from(a), Array.from(b)];
  for (let index = 0; index < Math.min(left.length, right.length); index++) {
    const difference = left[index]!.codePointAt(0)! - right[index]!.codePointAt(0)!;
    if (difference !== 0) return difference;
  }
  return left.length - right.length;
}
