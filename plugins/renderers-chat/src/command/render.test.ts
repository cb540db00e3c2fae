/** `tinsmith render` on the pocket format's tokenizer, through the kernel. */
import { cpSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Commands, definePlugin, formatError, Models, problemsOf } from '@tinsmith/core';
import datasets from '@tinsmith/datasets-hub';
import { createTestKit } from '@tinsmith/testkit';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import renderers from '../index.js';

const pocket = fileURLToPath(new URL('../../../model-pocket/model', import.meta.url));
const models = definePlugin({
  name: 'models-of-the-test',
  version: '1.0.0',
  setup({ provide }) {
    provide(Models, 'pocket', { create: () => ({ folder: pocket, renderers: ['qwen3_instruct'] }) });
  },
});

const sum = [
  { role: 'user', content: '4+5=' },
  { role: 'assistant', content: '9' },
];
const rows = [
  sum,
  [...sum, { role: 'user', content: '1+1=' }],
  [{ role: 'user', content: [{ type: 'picture' }] }],
  [sum[1]],
];
const folder = mkdtempSync(join(tmpdir(), 'tinsmith-render-'));
const file = (name: string, content: string) => (
  writeFileSync(join(folder, name), content),
  join(folder, name)
);
let jsonl: string;
beforeAll(() => {
  jsonl = file('chats.jsonl', rows.map(messages => JSON.stringify({ messages })).join('\n'));
  file('one.json', JSON.stringify(sum));
  file('object.json', JSON.stringify({ messages: rows[2] }));
  file('broken.json', '[\n  {"role": "user" "content": "a"}\n]\n');
  file('cut.json', '[\n  {"role":');
  file('empty.json', '[]');
  file('none.json', '{"message": []}');
  file('role.json', '[{"role": "user", "content": "a"}, {"content": "b"}]');
  file(
    'tool.json',
    JSON.stringify([
      ...sum,
      { role: 'assistant', content: '', tool_calls: [{ function: { name: 'f', arguments: '{' } }] },
    ]),
  );
  file('half.json', '[{"role": "user", "content": "\\ud800"}]');
  writeFileSync(join(folder, 'bytes.json'), Buffer.from([0x5b, 0xff]));
  file('questions.csv', 'question,answer\n4+5=,9\n');
});
afterAll(() => rmSync(folder, { recursive: true }));

async function render(given: readonly string[], { withData = true } = {}) {
  await using kit = await createTestKit({
    plugins: [renderers(), models(), ...(withData ? [datasets()] : [])],
  });
  const command = await kit.get(Commands, 'render');
  const lines: string[] = [];
  const print = (line: string) => void lines.push(line);
  const { signal } = new AbortController();
  try {
    const code = await command.run({ arguments: given, cwd: folder, print, warn: print, signal });
    return { code, text: lines.join('\n') };
  } catch (error) {
    const [problem] = problemsOf(error);
    if (!problem) throw error;
    return { code: 2, text: formatError(problem), error: problem, printed: lines };
  }
}

test('one conversation: the prompt, then what is trained, with marks where there is no colour', async () => {
  const { code, text } = await render(['--messages', 'one.json', '--model', 'pocket', '--no-color']);
  expect(code).toBe(0);
  expect(text).toBe(
    [
      'one.json',
      'prompt: 12 tokens, 0 trained',
      '<|im_start|>user⏎',
      '4+5=<|im_end|>⏎',
      '<|im_start|>assistant⏎',
      '',
      '',
      'example 1: 14 tokens, 2 trained',
      '<|im_start|>user⏎',
      '4+5=<|im_end|>⏎',
      '<|im_start|>assistant⏎',
      '»9<|im_end|>«',
      '',
      'renderer qwen3_instruct, stops at <|im_end|>',
      '',
    ].join('\n'),
  );
  const coloured = await render(['--messages', 'one.json', '--model', 'pocket', '--color']);
  expect(coloured.text).toContain('\u001b[32m9\u001b[0m\u001b[32;1m<|im_end|>\u001b[0m');
});

test('rows of a file: only those asked for; one without an answer shows its prompt and what was said before', async () => {
  const { code, text } = await render([jsonl, '--rows', '0-1', '--model', 'pocket', '--no-color']);
  expect(code).toBe(0);
  expect(text).toMatch(/chats\.jsonl:1\n[^]*chats\.jsonl:2\n/);
  const [, second] = text.split('chats.jsonl:2');
  expect(second).toMatch(/1\+1=<\|im_end\|>⏎\n<\|im_start\|>assistant⏎/);
  expect(second).toContain('»9<|im_end|>«');
});

test('columns of a data set as question and answer', async () => {
  const given = [
    'questions.csv',
    '--user',
    'question',
    '--assistant',
    'answer',
    '--model',
    'pocket',
    '--no-color',
  ];
  expect((await render(given)).text).toContain('4+5=<|im_end|>⏎\n<|im_start|>assistant⏎\n»9<|im_end|>«');
});

test('--ids gives each token a line; --max-length marks what is cut; --prefill starts the answer', async () => {
  const given = [
    '--messages',
    'one.json',
    '--model',
    'pocket',
    '--ids',
    '--max-length',
    '13',
    '--prefill',
    'x',
  ];
  const { text } = await render(given);
  expect(text).toContain('prompt: 13 tokens');
  expect(text).toContain('example 1: 14 tokens, 1 trained, 1 cut off');
  expect(text).toMatch(/\d+ +1 +9\n +\d+ +cut +<\|im_end\|>/);
});

test('--json is a line for each conversation, with ids, weights, counts and stop sequences', async () => {
  const { text } = await render([
    jsonl,
    '--rows',
    '0-1',
    '--model',
    'pocket',
    '--json',
    '--train-on-what',
    'all_tokens',
  ]);
  const [first, second] = text.split('\n').map(line => JSON.parse(line) as { at: string; views: unknown[] });
  expect(first).toMatchObject({
    at: expect.stringContaining('chats.jsonl:1') as string,
    warnings: [],
    views: [
      { renderer: 'qwen3_instruct', stopTexts: ['<|im_end|>'], sequences: [{ name: 'prompt' }] },
      { sequences: [{ counts: { tokens: 14, trained: 14, cut: 0 } }] },
    ],
  });
  expect(second!.views).toHaveLength(2);
});

test('--against-template says whether prompt and conversation agree; a difference is exit code 1', async () => {
  const given = ['--messages', 'one.json', '--model', 'pocket', '--against-template', '--no-color'];
  const agreed = await render(given);
  expect(agreed.text).toContain("the prompt agrees with the model's own template\nthe conversation agrees");
  expect(agreed.code).toBe(0);
  const other = await render([...given, '--renderer', 'role_colon', '--any-renderer']);
  expect(other.code).toBe(1);
  expect(other.text).toMatch(
    /the prompt differs from the model's own template at token 0\n {2}ours +User: 4\+5=/,
  );
});

test('flags of the mode customized decide what is trained, and do not matter to the template', async () => {
  file('flags.json', JSON.stringify(sum.map((message, index) => ({ ...message, trainable: index === 0 }))));
  const given = [
    '--messages',
    'flags.json',
    '--model',
    'pocket',
    '--train-on-what',
    'customized',
    '--no-color',
  ];
  const { code, text } = await render([...given, '--against-template']);
  expect(text).toContain('»4+5=<|im_end|>«');
  expect(text).toContain('the conversation agrees');
  expect(code).toBe(0);
});

test('without a plugin that reads data one conversation is shown, and a data set is refused by name', async () => {
  const options = { withData: false };
  expect((await render(['--messages', 'one.json', '--model', 'pocket'], options)).code).toBe(0);
  expect((await render([jsonl, '--model', 'pocket'], options)).error).toMatchObject({
    code: 'ROW_SOURCE_MISSING',
    fix: expect.stringContaining('@tinsmith/datasets-hub') as string,
  });
});

describe('is refused with its place, and nothing is printed:', () => {
  const one = ['--messages', 'one.json', '--model', 'pocket'];
  test.each([
    [
      'a messages file that is not JSON',
      ['--messages', 'broken.json', '--model', 'pocket'],
      'FILE_INVALID',
      'broken.json:2:19',
    ],
    ['one that ends early', ['--messages', 'cut.json', '--model', 'pocket'], 'FILE_INVALID', 'cut.json:2'],
    ['no messages', ['--messages', 'empty.json', '--model', 'pocket'], 'FILE_INVALID', 'empty.json'],
    [
      'a file without messages',
      ['--messages', 'none.json', '--model', 'pocket'],
      'FILE_INVALID',
      'none.json messages',
    ],
    [
      'bytes that are no UTF-8',
      ['--messages', 'bytes.json', '--model', 'pocket'],
      'FILE_UNREADABLE',
      'bytes.json',
    ],
    ['no such file', ['--messages', 'nowhere.json', '--model', 'pocket'], 'FILE_UNREADABLE', 'nowhere.json'],
    [
      'a message without a role',
      ['--messages', 'role.json', '--model', 'pocket'],
      'RENDERER_MESSAGE_INVALID',
      'role.json messages[1].role',
    ],
    [
      'a part that cannot be rendered',
      ['--messages', 'object.json', '--model', 'pocket'],
      'RENDERER_MESSAGE_INVALID',
      'object.json messages[0].content[0].type',
    ],
    [
      'a tool call with bad JSON',
      ['--messages', 'tool.json', '--model', 'pocket'],
      'RENDERER_MESSAGE_INVALID',
      'tool.json messages[2].tool_calls[0].function.arguments',
    ],
    [
      'half a character',
      ['--messages', 'half.json', '--model', 'pocket'],
      'RENDERER_MESSAGE_INVALID',
      'half.json messages[0].content',
    ],
    [
      'a row with content that is no text',
      ['chats.jsonl', '--rows', '2', '--model', 'pocket'],
      'DATA_MESSAGE_INVALID',
      expect.stringMatching(/chats\.jsonl:3 messages\[0\]\.content/),
    ],
    [
      'a row that is not there',
      ['chats.jsonl', '--rows', '9', '--model', 'pocket'],
      'ROW_UNKNOWN',
      'chats.jsonl',
    ],
    [
      'an unknown split',
      ['chats.jsonl', '--split', 'tset', '--model', 'pocket'],
      'DATA_SPLIT_UNKNOWN',
      expect.anything(),
    ],
    [
      'an unknown column',
      ['questions.csv', '--user', 'questions', '--model', 'pocket'],
      'DATA_COLUMN_UNKNOWN',
      expect.anything(),
    ],
    [
      'trainable flags that are missing',
      [...one, '--train-on-what', 'customized'],
      'RENDERER_MESSAGE_INVALID',
      'one.json messages[0].trainable',
    ],
    ['a renderer that does not fit', [...one, '--renderer', 'llama3'], 'RENDERER_UNFIT', '--renderer'],
    [
      'a model without a known renderer',
      ['--messages', 'one.json', '--model', pocket],
      'RENDERER_UNKNOWN',
      '--renderer',
    ],
    [
      'a model that is nowhere',
      ['--messages', 'one.json', '--model', 'poket'],
      'TOKENIZER_UNREADABLE',
      '--model',
    ],
    ['a tokenizer that is nowhere', [...one, '--tokenizer', folder], 'TOKENIZER_UNREADABLE', '--tokenizer'],
  ])('%s', async (_, given, code, at) => {
    expect(await render(given)).toMatchObject({ error: { code, at }, printed: [] });
  });

  test.each([
    ['no model', ['--messages', 'one.json'], 'ARGUMENT_MISSING', '--model NAME'],
    ['nothing to show', ['--model', 'pocket'], 'ARGUMENT_MISSING', 'SOURCE'],
    ['two sources', ['a', 'b', '--model', 'pocket'], 'ARGUMENT_INVALID', 'quotes'],
    ['a source beside a messages file', ['a', ...one], 'ARGUMENT_INVALID', 'leave a out'],
    ['rows of a messages file', ['--rows', '1', ...one], 'ARGUMENT_INVALID', 'leave --rows out'],
    [
      'an answer without a question',
      ['a', '--assistant', 'b', '--model', 'pocket'],
      'ARGUMENT_MISSING',
      '--user',
    ],
    ['rows backwards', ['a', '--rows', '3-1', '--model', 'pocket'], 'ARGUMENT_INVALID', '--rows 0-4'],
    ['a length that is none', [...one, '--max-length', '0'], 'ARGUMENT_INVALID', '--max-length 1024'],
    [
      'a mode that is none',
      [...one, '--train-on-what', 'all_asistant_messages'],
      'ARGUMENT_INVALID',
      'all_assistant_messages',
    ],
    ['a flag that is none', [...one, '--against-templates'], 'FLAG_UNKNOWN', '--against-template'],
  ])('%s', async (_, given, code, fix) => {
    expect(await render(given)).toMatchObject({
      error: { code, fix: expect.stringContaining(fix) as string },
      printed: [],
    });
  });
});

test('a model with no template has nothing to compare with', async () => {
  const bare = mkdtempSync(join(folder, 'bare-'));
  cpSync(join(pocket, 'tokenizer.json'), join(bare, 'tokenizer.json'));
  const given = ['--messages', 'one.json', '--model', 'pocket', '--tokenizer', bare, '--against-template'];
  expect((await render(given)).error).toMatchObject({ code: 'CHAT_TEMPLATE_MISSING' });
});
