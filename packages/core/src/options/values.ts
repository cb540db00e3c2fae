/** Small questions about values of options, and how a value is shown to people. */
import { inspect } from 'node:util';
import type { OptionPath } from './path.js';

export type Values = Readonly<Record<string, unknown>>;

/** An object literal: what can be merged key by key. Not a list, not an instance of a class. */
export function isValues(value: unknown): value is Values {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

export function valueAt(value: unknown, path: OptionPath): unknown {
  let at = value;
  for (const part of path) {
    if (typeof at !== 'object' || at === null || !Object.hasOwn(at, part)) return undefined;
    at = (at as Record<string | number, unknown>)[part];
  }
  return at;
}

/** A value in a few words, e.g. `"abc"`, `a list of 3`, `an object with use, with`. */
export function describeValue(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (typeof value === 'string')
    return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}...` : value);
  if (Array.isArray(value)) return value.length ? `a list of ${value.length}` : 'an empty list';
  if (typeof value === 'function') return 'a function';
  if (typeof value === 'object' && value !== null) {
    const keys = Object.keys(value);
    return keys.length ? `an object with ${keys.join(', ')}` : 'an empty object';
  }
  return inspect(value);
}
