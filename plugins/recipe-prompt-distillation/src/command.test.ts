/** `tinsmith create_data` on the toy engine. */
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Commands, problemsOf } from '@tinsmith/core';
import datasets from '@tinsmith/datasets-hub';
import renderers from '@tinsmith/renderers-chat';
import { createTestKit, toyEngine } from '@tinsmith/testkit';
import { expect, test } from 'vitest';
import { newFolder } from '../../recipe-rl-loop/test/rows.js';
import promptDistillation from './index.js';

function prepare() {
  const cwd = newFolder();
  writeFileSync(join(cwd, 'prompt.txt'), 'Say a letter.\n');
  writeFileSync(join(cwd, 'texts.txt'), 'one\ntwo\none\nthree\nfour\nfive\n');
  return cwd;
}

async function call(cwd: string, given: readonly string[]) {
  await using kit = await createTestKit({
    plugins: [toyEngine(), renderers(), datasets(), promptDistillation()],
  });
  const command = await kit.get(Commands, 'create_data');
  const printed: string[] = [];
  const warned: string[] = [];
  const code = await command.run({
    arguments: given,
    cwd,
    print: line => void printed.push(line),
    warn: line => void warned.push(line),
    signal: new AbortController().signal,
  });
  return { code, printed, warned };
}

const files = ['--prompt', 'prompt.txt', '--input', 'texts.txt', '--output', 'out/data.jsonl'];
const teacher = ['--model', 'toy', '--renderer', 'qwen3_instruct', '--max-tokens=8'];
const letters = ['--answer', '[a-zA-Z]'];

test('writes conversations without the prompt and says what came of it; again, nothing is asked', async () => {
  const cwd = prepare();
  const { printed, warned } = await call(cwd, [...files, ...teacher, ...letters]);
  const lines = readFileSync(join(cwd, 'out/data.jsonl'), 'utf8').trimEnd().split('\n');
  expect(printed).toEqual([
    expect.stringMatching(`^${lines.length} examples of 5 texts; dropped ${5 - lines.length}`),
  ]);
  expect(warned).toContain('1 texts that are there twice are asked about once');
  for (const line of lines)
    expect(JSON.parse(line)).toEqual({
      messages: [
        { role: 'user', content: expect.stringMatching(/^(one|two|three|four|five)$/) as string },
        { role: 'assistant', content: expect.stringMatching(/^[a-zA-Z]$/) as string },
      ],
    });
  const [settings] = readFileSync(join(cwd, 'out/data.jsonl.journal'), 'utf8').split('\n', 1);
  expect(JSON.parse(settings!)).toEqual({
    settings: {
      prompt: 'Say a letter.',
      seed: 0,
      model: 'toy',
      checkpoint: null,
      renderer: 'qwen3_instruct',
      maxTokens: 8,
      temperature: 0.15,
      engine: 'toy',
    },
  });
  const again = await call(cwd, [...files, ...teacher, ...letters]);
  expect(again.printed).toEqual(printed);
  expect(again.warned).toContain('5 of 5 answers were there');
  // Another seed is another answer.
  await expect(call(cwd, [...files, ...teacher, ...letters, '--seed', '1'])).rejects.toMatchObject({
    code: 'DATA_SETTINGS_CHANGED',
    found: 'seed 0 -> 1',
  });
  writeFileSync(join(cwd, 'texts.txt'), 'one\nsix\n');
  expect((await call(cwd, [...files, ...teacher, ...letters])).warned).toContain(
    '4 answers are to texts that are gone: in the journal, not in the data',
  );
});

test.each([
  [
    'nothing said',
    [],
    [
      ['OPTION_MISSING', '--model'],
      ['OPTION_MISSING', '--prompt'],
      ['OPTION_MISSING', '--input'],
      ['OPTION_MISSING', '--output'],
    ],
  ],
  ['a flag that is none', ['--promt', 'x'], [['FLAG_UNKNOWN', undefined]]],
  ['a word', ['data.jsonl'], [['ARGUMENT_INVALID', undefined]]],
  [
    'a number that is none',
    [...files, ...teacher, '--concurrency', 'many'],
    [['OPTION_INVALID', '--concurrency']],
  ],
  ['a pattern that is none', [...files, ...teacher, '--answer', '('], [['OPTION_INVALID', '--answer']]],
  ['no labels', [...files, ...teacher, '--labels', ''], [['OPTION_INVALID', '--labels']]],
  ['an engine that is none', [...files, ...teacher, '--engine', 'tou'], [['PROVIDER_MISSING', '--engine']]],
  ['no chat format', [...files, '--model', 'toy'], [['RENDERER_UNKNOWN', '--renderer']]],
  [
    'a model that is not there',
    [...files, ...teacher, '--model', './none'],
    [['MODEL_NOT_FOUND', '--model']],
  ],
  [
    'a prompt that is not there',
    [...files, ...teacher, '--prompt', 'no.txt'],
    [['FILE_UNREADABLE', '--prompt']],
  ],
  ['texts that are not there', [...files, ...teacher, '--input', 'no.txt'], [['FILE_UNREADABLE', '--input']]],
] as const)('is refused, and nothing is written: %s', async (_, given, expected) => {
  const cwd = prepare();
  const errors = await call(cwd, given).then(() => [], problemsOf);
  expect(errors.map(({ code, at }) => [code, at])).toEqual(expected);
  expect(readdirSync(cwd).toSorted()).toEqual(['prompt.txt', 'texts.txt']);
});

test('an answer that fits nowhere is an error with an example, and there are no data', async () => {
  const cwd = prepare();
  await expect(call(cwd, [...files, ...teacher, '--answer', 'Final Answer: (\\w+)'])).rejects.toMatchObject({
    code: 'TEACHER_ANSWERS_UNUSABLE',
    found: expect.stringMatching(/cut off.*; e\.g\. ".*" to "one"$/s) as string,
  });
  expect(existsSync(join(cwd, 'out/data.jsonl'))).toBe(false);
});
