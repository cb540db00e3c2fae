import { expect, test } from 'vitest';
import { chooseEngine } from './choose-engine.js';

const among = (...names: string[]) => ({ names: () => names });

test('the named engine, else the only one', () => {
  expect(chooseEngine('b', among('a', 'b'), '--engine')).toBe('b');
  expect(chooseEngine(undefined, among('a'), '--engine')).toBe('a');
});

test('a name that nobody provides is refused with the nearest one', () => {
  expect(() => chooseEngine('tinkr', among('local', 'tinker'), 'recipe.with.create.engine')).toThrow(
    expect.objectContaining({ code: 'PROVIDER_MISSING', found: 'local, tinker', fix: 'engine: tinker' }),
  );
});

test('without a name one of several must be chosen, and one must be there', () => {
  expect(() => chooseEngine(undefined, among('a', 'b'), '--engine')).toThrow(
    expect.objectContaining({ code: 'ENGINE_AMBIGUOUS', at: '--engine', fix: '--engine a' }),
  );
  expect(() => chooseEngine(undefined, among(), '--engine')).toThrow(
    expect.objectContaining({ code: 'ENGINE_AMBIGUOUS', at: 'plugins', found: 'none' }),
  );
});
