import { readFile } from 'node:fs/promises';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { originOf, TinsmithError } from '@tinsmith/core';
import { expect, test } from 'vitest';
import { collect, fileWith, fixtures, folderWith, newSource, numbered } from '../test/support.js';

/** What reading this file fails with; only the end of `at` is kept, without the folder. */
async function failure(name: string, content: string | Uint8Array, columns?: string[]): Promise<object> {
  const source = await newSource();
  const file = await fileWith(name, content);
  return collect(await source.open({ source: file, columns })).then(() => ({}), describe);
}

async function conversationFailure(text: string): Promise<object> {
  const source = await newSource();
  return collect(await source.conversations({ source: await fileWith('chat.jsonl', text) })).then(
    () => ({}),
    describe,
  );
}

function describe(error: unknown): object {
  if (!TinsmithError.is(error)) throw error;
  const { code, at, found, fix, message } = error;
  return { code, at: at?.replace(/^.*[\\/]/, ''), found, fix, message };
}

test('a line that is not JSON: its number and its beginning', async () => {
  expect(await failure('a.jsonl', '{"a":1}\n\n{"a":2\n{"a":3}')).toMatchObject({
    code: 'DATA_JSON_INVALID',
    at: 'a.jsonl:3',
    found: '"{\\"a\\":2"',
  });
  expect(await failure('a.json', '[{"a":1},\n{"a":2,}]')).toMatchObject({
    code: 'DATA_JSON_INVALID',
    at: 'a.json:2',
  });
  expect(await failure('a.json', '{\n  "a": 1\n}')).toMatchObject({
    code: 'DATA_JSON_INVALID',
    at: 'a.json:1',
  });
});

test.each(['[{"a":1}', '[{"a":1},', '[{"a":1}] x', '[{"a":1},,{"a":2}]', '[{"a":1}}]', '['])(
  'a broken list: %s',
  async text => {
    expect(await failure('a.json', text)).toMatchObject({ code: 'DATA_JSON_INVALID', at: 'a.json:1' });
  },
);

test('a row that is not an object', async () => {
  expect(await failure('a.jsonl', '{"a":1}\n[1]')).toMatchObject({
    code: 'DATA_ROW_NOT_OBJECT',
    at: 'a.jsonl:2',
  });
});

test.each([
  ['a.jsonl.gz', gzipSync],
  ['a.jsonl.zst', zstdCompressSync],
])('a truncated %s: where it ends, after the rows before', async (name, compress) => {
  const whole = compress(numbered(50_000));
  expect(await failure(name, whole.subarray(0, whole.length / 2))).toMatchObject({
    code: 'DATA_TRUNCATED',
    at: expect.stringMatching(/^a\.jsonl\.\w+:\d{4,}$/),
  });
});

test('a compressed file that is none, or whose checksum is wrong', async () => {
  expect(await failure('a.jsonl.gz', '{"a":1}')).toMatchObject({ code: 'DATA_CORRUPT' });
  expect(await failure('a.jsonl.zst', '{"a":1}')).toMatchObject({ code: 'DATA_CORRUPT' });
  const wrong = gzipSync('{"a":1}');
  wrong[wrong.length - 5]! ^= 1;
  expect(await failure('a.jsonl.gz', wrong)).toMatchObject({ code: 'DATA_CORRUPT' });
});

test('a parquet file with a damaged page: which row group', async () => {
  const content = await readFile(`${fixtures}/gsm8k/main/train-00000-of-00001.parquet`);
  content.fill(0xff, 150_000, 152_000);
  expect(await failure('a.parquet', content)).toMatchObject({
    code: 'DATA_CORRUPT',
    message: expect.stringMatching(/^row group [12] of 2 \(rows \d+ to \d+\)/),
  });
});

test('a parquet file that is cut off, empty, or something else', async () => {
  const content = await readFile(`${fixtures}/gsm8k/main/train-00000-of-00001.parquet`);
  for (const wrong of [content.subarray(0, 1000), '', 'hello', Buffer.alloc(500)]) {
    expect(await failure('a.parquet', wrong)).toMatchObject({ code: 'DATA_CORRUPT' });
  }
});

test.each(['a.parquet', 'a.jsonl'])('a pointer of git-lfs instead of %s', async name => {
  const pointer = 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n';
  expect(await failure(name, pointer)).toMatchObject({ code: 'DATA_LFS_POINTER' });
});

test('a column that is not there: those that are', async () => {
  const file = await readFile(`${fixtures}/gsm8k/main/test-00000-of-00001.parquet`);
  const expected = { code: 'DATA_COLUMN_UNKNOWN', found: 'question, answer', fix: 'column: question' };
  expect(await failure('a.parquet', file, ['questoin'])).toMatchObject(expected);
  const lines = '{"question":1,"answer":2}';
  expect(await failure('a.jsonl', lines, ['questoin'])).toMatchObject({ ...expected, at: 'a.jsonl:1' });
});

test('half a surrogate pair: file, line and field', async () => {
  const text = '{"a":"\\ud83e\\udd8a"}\n{"a":[{"b":"x\\ud83ey"}]}';
  expect(await failure('a.jsonl', text)).toMatchObject({ code: 'DATA_TEXT_INVALID', at: 'a.jsonl:2 a[0].b' });
});

test('text that is not UTF-8', async () => {
  const latin1 = Buffer.from('{"a":1}\n{"a":"\u00e4"}', 'latin1');
  expect(await failure('a.jsonl', latin1)).toMatchObject({ code: 'DATA_NOT_UTF8', at: 'a.jsonl:2' });
  expect(await failure('a.csv', Buffer.from('x\n\u00e4', 'latin1'))).toMatchObject({
    code: 'DATA_NOT_UTF8',
    at: 'a.csv:2',
  });
});

test.each([
  ['x,y\n1,2\n3', 'a.csv:3'],
  ['x,y\n1,2,3', 'a.csv:2'],
  ['x,x\n1,2', 'a.csv:1'],
  ['x,\n1,2', 'a.csv:1'],
  ['x\n"open\nstill', 'a.csv:2'],
  ['x\n"a"b', 'a.csv:2'],
  ['x\na"b"', 'a.csv:2'],
])('CSV that breaks its own rules: %j', async (text, at) => {
  expect(await failure('a.csv', text)).toMatchObject({ code: 'DATA_CSV_INVALID', at });
});

test.each(['a.jsonl', 'a.json', 'a.csv'])(
  'a row beyond the limit in %s: the line, without reading on',
  async name => {
    const long = 'x'.repeat(2 ** 20 + 1);
    const texts = {
      'a.jsonl': `{"a":1}\n{"a":"${long}"}`,
      'a.json': `[{"a":1},\n{"a":"${long}"}]`,
      'a.csv': `a\n${long}`,
    };
    expect(await failure(name, texts[name as 'a.csv'])).toMatchObject({
      code: 'DATA_ROW_TOO_LARGE',
      at: `${name}:2`,
    });
  },
);

test('no rows at all, or none that a filter leaves', async () => {
  for (const [name, text] of [
    ['a.jsonl', '\n\n'],
    ['a.json', '[]'],
    ['a.csv', 'x,y\n'],
    ['a.jsonl', ''],
  ] as const) {
    expect(await failure(name, text)).toMatchObject({ code: 'DATA_EMPTY' });
  }
  const rows = await (await newSource()).open({ source: await fileWith('a.jsonl', numbered(3)) });
  const none = rows.filter(() => false);
  await expect(collect(none)).rejects.toMatchObject({
    code: 'DATA_EMPTY',
    message: expect.stringContaining('filter'),
  });
  await expect(none.table()).rejects.toMatchObject({ code: 'DATA_EMPTY' });
});

test('a function that fails: the row it failed on', async () => {
  const rows = await (await newSource()).open({ source: await fileWith('a.jsonl', numbered(3)) });
  const broken = rows.map(row => (row['i'] as { x: string }).x.length);
  await expect(collect(broken)).rejects.toMatchObject({
    code: 'DATA_ROW_FUNCTION_FAILED',
    at: expect.stringMatching(/a\.jsonl:1$/),
  });
});

// ---- where the data is

test('a split or a config that is not there: those that are', async () => {
  const source = await newSource();
  const open = (config?: string, split?: string): Promise<unknown> =>
    source.open({ source: `${fixtures}/gsm8k`, config, split });
  await expect(open('main', 'validation')).rejects.toMatchObject({
    code: 'DATA_SPLIT_UNKNOWN',
    found: 'test, train',
  });
  await expect(open('socratic')).rejects.toMatchObject({ code: 'DATA_CONFIG_UNKNOWN', found: 'main' });
  const folder = await folderWith({ 'a/train.csv': 'x\n1', 'b/train.csv': 'x\n1' });
  await expect(source.open({ source: folder })).rejects.toMatchObject({
    code: 'DATA_CONFIG_UNKNOWN',
    found: 'a, b',
  });
});

test('a file that is not there, a format that is not known, a folder without data', async () => {
  const source = await newSource();
  const code = (path: string): Promise<unknown> =>
    source.open({ source: path }).catch((error: TinsmithError) => error.code);
  expect(await code('./nothing.jsonl')).toBe('DATA_SOURCE_UNKNOWN');
  expect(await code('nothing.jsonl')).toBe('DATA_SOURCE_UNKNOWN');
  expect(await code('no/such/folder')).toBe('DATA_SOURCE_UNKNOWN');
  expect(await code(await fileWith('data.xlsx', ''))).toBe('DATA_FORMAT_UNKNOWN');
  expect(await code(await folderWith({ 'notes.txt': 'x' }))).toBe('DATA_NO_FILES');
});

test('no network and nothing cached: says which files go where', async () => {
  const source = await newSource({ offline: true });
  await expect(source.open({ source: 'openai/gsm8k' })).rejects.toSatisfy(
    error =>
      TinsmithError.is(error) &&
      error.code === 'HUB_NOT_CACHED' &&
      /FOLDER\/openai\/gsm8k/.test(error.fix ?? ''),
  );
});

// ---- conversations

const good = '{"messages":[{"role":"user","content":"hi"}]}';

test.each([
  ['{"text":"hi"}', 'DATA_COLUMN_UNKNOWN', 'chat.jsonl:2'],
  ['{"messages":[]}', 'DATA_MESSAGES_INVALID', 'chat.jsonl:2 messages'],
  ['{"messages":"hi"}', 'DATA_MESSAGES_INVALID', 'chat.jsonl:2 messages'],
  ['{"messages":["hi"]}', 'DATA_MESSAGE_INVALID', 'chat.jsonl:2 messages[0]'],
  ['{"messages":[{"content":"hi"}]}', 'DATA_MESSAGE_INVALID', 'chat.jsonl:2 messages[0].role'],
  ['{"messages":[{"role":"bot","content":"hi"}]}', 'DATA_MESSAGE_INVALID', 'chat.jsonl:2 messages[0].role'],
  ['{"messages":[{"role":"user"}]}', 'DATA_MESSAGE_INVALID', 'chat.jsonl:2 messages[0].content'],
  ['{"messages":[{"role":"user","content":7}]}', 'DATA_MESSAGE_INVALID', 'chat.jsonl:2 messages[0].content'],
  [
    '{"messages":[{"role":"user","content":[{"type":"text","text":"hi"},{"type":"image"}]}]}',
    'DATA_MESSAGE_INVALID',
    'chat.jsonl:2 messages[0].content[1].type',
  ],
  [
    '{"messages":[{"role":"user","content":[{"type":"text"}]}]}',
    'DATA_MESSAGE_INVALID',
    'chat.jsonl:2 messages[0].content[0].text',
  ],
  [
    '{"messages":[{"role":"assistant","content":"","tool_calls":[{"function":{"name":"f","arguments":"{\\"x\\":"}}]}]}',
    'DATA_MESSAGE_INVALID',
    'chat.jsonl:2 messages[0].tool_calls[0].function.arguments',
  ],
  [
    '{"messages":[{"role":"assistant","content":"","tool_calls":{}}]}',
    'DATA_MESSAGE_INVALID',
    'chat.jsonl:2 messages[0].tool_calls',
  ],
])('a conversation file with %s names line and field', async (line, code, at) => {
  expect(await conversationFailure(`${good}\n${line}`)).toMatchObject({ code, at });
});

test('parts and tool calls are accepted; fields that a table format fills with null are left out', async () => {
  const source = await newSource();
  const call = { function: { name: 'add', arguments: '{"x": 1}' } };
  const messages = [
    { role: 'user', content: [{ type: 'text', text: 'hi', thinking: null }], tool_calls: null, name: null },
    { role: 'assistant', content: '', tool_calls: [call], trainable: true },
  ];
  const file = await fileWith('chat.jsonl', JSON.stringify({ id: 7, messages }));
  const [row] = await collect(await source.conversations({ source: file }));
  expect(row).toEqual({ id: 7, messages: [{ role: 'user', content: messages[0]!.content }, messages[1]] });
  expect(originOf(row!)).toMatch(/chat\.jsonl:1$/);
});

test('a role that is nearly right: the right one', async () => {
  const text = '{"messages":[{"role":"assitant","content":"hi"}]}';
  expect(await conversationFailure(text)).toMatchObject({ fix: 'role: assistant' });
});

test('a single message of 50 MB: file, line and field', async () => {
  const source = await newSource({ maxRowBytes: 64 * 2 ** 20, maxMessageBytes: 8 * 2 ** 20 });
  const large = JSON.stringify({ messages: [{ role: 'user', content: 'a'.repeat(50_000_000) }] });
  const rows = await source.conversations({ source: await fileWith('chat.jsonl', `${good}\n${large}`) });
  await expect(collect(rows)).rejects.toMatchObject({
    code: 'DATA_MESSAGE_TOO_LARGE',
    at: expect.stringMatching(/chat\.jsonl:2 messages\[0\]\.content$/),
    found: expect.stringContaining('50000000 bytes'),
  });
});

test('a shuffled conversation keeps the line that it came from', async () => {
  const source = await newSource();
  const file = await fileWith('chat.jsonl', [good, good, '{"messages":[]}'].join('\n'));
  const table = await (await source.open({ source: file })).shuffle({ seed: 0 }).table();
  expect(table.length).toBe(3);
  const shuffled = (await source.conversations({ source: file })).shuffle({ seed: 0 });
  await expect(collect(shuffled)).rejects.toMatchObject({
    at: expect.stringMatching(/chat\.jsonl:3 messages$/),
  });
});
