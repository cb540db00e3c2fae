import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createRowSource } from '@tinsmith/datasets-hub';
import { createHub } from '@tinsmith/hub';
import { expect, onTestFinished, test } from 'vitest';
import { newFolder } from '../../recipe-rl-loop/test/rows.js';
import { readPrompt, readTexts } from './texts.js';

const fileOf = (name: string, content: string | Uint8Array) => {
  const file = join(newFolder(), name);
  writeFileSync(file, content);
  return file;
};
const rowSource = () => {
  const rows = createRowSource({
    hub: createHub({ offline: true }, {}),
    maxRowBytes: 2 ** 20,
    maxMessageBytes: 2 ** 20,
  });
  onTestFinished(() => rows.close());
  return rows;
};
const read = (input: string, inputField = 'text') => readTexts({ input, inputField }, rowSource(), '--input');

test('a text per line, each once, without white space around it and without empty lines', async () => {
  const file = fileOf('texts.txt', '\uFEFFOne.\r\n\n  Two.\t\nOne.\nThree.');
  expect(await read(file)).toEqual({ texts: ['One.', 'Two.', 'Three.'], duplicates: 1 });
});

test('rows give the field that is named', async () => {
  const file = fileOf('rows.jsonl', '{"text":"One.","lang":"en"}\n{"text":"Uno.","lang":"es"}\n');
  expect((await read(file)).texts).toEqual(['One.', 'Uno.']);
  expect((await read(file, 'lang')).texts).toEqual(['en', 'es']);
});

test('a prompt is read without white space around it', async () => {
  expect(await readPrompt(fileOf('prompt.txt', '\n Do it.\n\n'), '--prompt')).toBe('Do it.');
});

test.each([
  [
    'a prompt that is not there',
    () => readPrompt('/no/prompt.txt', '--prompt'),
    'FILE_UNREADABLE',
    '--prompt',
  ],
  ['a folder as prompt', () => readPrompt(newFolder(), '--prompt'), 'FILE_UNREADABLE', '--prompt'],
  ['an empty prompt', () => readPrompt(fileOf('p.txt', '\n'), '--prompt'), 'PROMPT_EMPTY', '--prompt'],
  [
    'a prompt that is no text',
    () => readPrompt(fileOf('p.txt', Buffer.of(0xff, 0xfe, 0)), '--prompt'),
    'FILE_UNREADABLE',
    '--prompt',
  ],
  ['texts that are not there', () => read('/no/texts.txt'), 'FILE_UNREADABLE', '--input'],
  ['no texts', () => read(fileOf('t.txt', '\n \n')), 'INPUT_EMPTY', '--input'],
  [
    'rows without the field',
    () => read(fileOf('r.jsonl', '{"text":"a"}\n{"txt":"b"}\n')),
    'INPUT_INVALID',
    /r\.jsonl:2$/,
  ],
  ['rows that are not there', () => read('/no/rows.jsonl'), 'DATA_SOURCE_UNKNOWN', undefined],
  [
    'rows, and nobody who reads them',
    () => readTexts({ input: 'rows.jsonl', inputField: 'text' }, undefined, '--input'),
    'ROW_SOURCE_MISSING',
    '--input',
  ],
] as const)('%s: refused', async (_, given, code, at) => {
  await expect(given()).rejects.toMatchObject({
    code,
    ...(at && { at: typeof at === 'string' ? at : (expect.stringMatching(at) as string) }),
  });
});
