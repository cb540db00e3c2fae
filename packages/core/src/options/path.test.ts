import { expect, test } from 'vitest';
import { formatPath, parsePath } from './path.js';

test.for([
  [['seed'], 'seed'],
  [['recipe', 'with', 'groupSize'], 'recipe.with.groupSize'],
  [['plugins', '@tinsmith/logger-jsonl', 'with', 'file'], 'plugins[@tinsmith/logger-jsonl].with.file'],
  [['plugins', './my.plugin.ts'], 'plugins[./my.plugin.ts]'],
] as const)('a path is written and read again: %j', ([path, text]) => {
  expect(formatPath(path)).toBe(text);
  expect(parsePath(text)).toEqual(path);
});

test.for(['', 'a..b', '.a', 'a.', 'a[', 'a]b', '[]'])('%j is no path', text => {
  expect(parsePath(text)).toBeUndefined();
});
