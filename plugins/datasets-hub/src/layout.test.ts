import { expect, test } from 'vitest';
import { matchesGlob } from './glob.js';
import { layoutOf } from './layout.js';

function layout(paths: readonly string[], card?: string): Record<string, Record<string, readonly string[]>> {
  const { configs } = layoutOf(paths, card);
  return Object.fromEntries([...configs].map(([name, splits]) => [name, Object.fromEntries(splits)]));
}

test('a card decides which files are which split, with patterns', () => {
  const card = `---
language: en
configs:
- config_name: main
  data_files:
  - split: train
    path: main/train-*
  - split: test
    path: [main/test-*]
- config_name: socratic
  default: true
  data_dir: socratic
---
# GSM8K`;
  const paths = [
    'README.md',
    'main/test-0.parquet',
    'main/train-1.parquet',
    'main/train-0.parquet',
    'socratic/train.csv',
  ];
  expect(layout(paths, card)).toEqual({
    main: { train: ['main/train-0.parquet', 'main/train-1.parquet'], test: ['main/test-0.parquet'] },
    socratic: { train: ['socratic/train.csv'] },
  });
  expect(layoutOf(paths, card).defaultConfig).toBe('socratic');
});

test.each([
  ['configs:\n- config_name: default\n  data_files: "*.csv"', { train: ['a.csv', 'b.csv'] }],
  ['configs:\n- data_files: [a.csv]', { train: ['a.csv'] }],
  ['configs:\n- data_files:\n  - split: x\n    path: b.csv', { x: ['b.csv'] }],
])('a card with %j', (frontMatter, splits) => {
  expect(layout(['a.csv', 'b.csv'], `---\n${frontMatter}\n---\n`)).toEqual({ default: splits });
});

test.each([
  'no front matter',
  '---\nlicense: mit\n---\n',
  '---\nconfigs: [1\n---\n',
  '---\nconfigs: 7\n---\n',
])('without a usable card the names of files decide: %j', card => {
  expect(layout(['train.csv'], card)).toEqual({ default: { train: ['train.csv'] } });
});

test.each<[string, string]>([
  ['train-00000-of-00002.parquet', 'train'],
  ['data/validation-00000-of-00001.parquet', 'validation'],
  ['data/prompt-00000-of-00001.parquet', 'prompt'],
  ['my_dev_set.jsonl.gz', 'validation'],
  ['test/part-1.csv', 'test'],
  ['eval.json', 'test'],
  ['conversations.jsonl', 'train'],
  ['contest.jsonl', 'train'],
])('%s is of the split %s', (path, split) => {
  expect(layout([path])).toEqual({ default: { [split]: [path] } });
});

test('folders at the top are configurations, also as the hub converts to parquet', () => {
  expect(
    layout(['main/train/0000.parquet', 'main/test/0000.parquet', 'socratic/train/0000.parquet']),
  ).toEqual({
    main: { train: ['main/train/0000.parquet'], test: ['main/test/0000.parquet'] },
    socratic: { train: ['socratic/train/0000.parquet'] },
  });
});

test('files without a split in their name are left out beside others, and not mixed with each other', () => {
  expect(layout(['prompt.jsonl', 'train.jsonl'])).toEqual({ default: { train: ['train.jsonl'] } });
  expect(layout(['corpus.jsonl', 'queries.jsonl'])).toEqual({
    default: { corpus: ['corpus.jsonl'], queries: ['queries.jsonl'] },
  });
  const shards = ['part-0.csv', 'part-1.csv', 'part-10.csv'];
  expect(layout(shards)).toEqual({ default: { train: shards } });
});

test('of the same split in two formats only one is read, and hidden files never', () => {
  const paths = [
    'train.jsonl.gz',
    'train-00000-of-00001.parquet',
    '.cache/train.csv',
    '_old/train.csv',
    'notes.md',
  ];
  expect(layout(paths)).toEqual({ default: { train: ['train-00000-of-00001.parquet'] } });
});

test.each([
  ['data/train-*', 'data/train-0.parquet', true],
  ['data/train-*', 'data/x/train-0.parquet', false],
  ['*.csv', 'a/b.csv', false],
  ['**/*.csv', 'a/b.csv', true],
  ['**/*.csv', 'b.csv', true],
  ['data/**', 'data/a/b.csv', true],
  ['x-[0-9].csv', 'x-7.csv', true],
  ['x-[!0-9].csv', 'x-7.csv', false],
  ['{train,test}.csv', 'test.csv', true],
  ['{train,test}.csv', 'dev.csv', false],
  ['a?c.csv', 'abc.csv', true],
  ['a.csv', 'abcsv', false],
  ['a+(b).csv', 'a+(b).csv', true],
])('the pattern %s on %s: %s', (pattern, path, matches) => {
  expect(matchesGlob(path, pattern)).toBe(matches);
});
