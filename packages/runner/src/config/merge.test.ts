import { expect, test } from 'vitest';
import { deepMerge, unset } from './merge.js';

test('objects are merged, lists and everything else replaced, undefined does nothing', () => {
  const base = { a: { x: 1, y: [1, 2] }, b: { z: 1 }, c: 1 };
  const top = { a: { y: [3] }, b: 2, c: undefined, d: { e: 1 } };
  expect(deepMerge(base, top)).toEqual({ a: { x: 1, y: [3] }, b: 2, c: 1, d: { e: 1 } });
  expect(base.a.y).toEqual([1, 2]);
});

test('unset takes a key away, also from where there is none', () => {
  expect(deepMerge({ a: { x: 1, y: 2 } }, { a: { x: unset }, b: { c: unset } })).toEqual({
    a: { y: 2 },
    b: {},
  });
});

test('a key called __proto__ is a key', () => {
  const merged = deepMerge({}, JSON.parse('{"__proto__": {"polluted": true}}')) as object;
  expect(Object.keys(merged)).toEqual(['__proto__']);
  expect('polluted' in {}).toBe(false);
});
