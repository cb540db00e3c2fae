/** Against teachers that are functions of the question: what is asked, what is kept, and what becomes of a teacher that fails. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { newFolder } from '../../recipe-rl-loop/test/rows.js';
import { createData, type CreateDataRequest } from './create-data.js';
import type { Call, Teacher } from './teacher.js';

const texts = Array.from({ length: 12 }, (_, i) => `text ${i}`);

/** Says the text in capitals; the later ones are the quicker ones. */
class Capitals implements Teacher {
  readonly name = 'capitals';
  readonly identity = { model: 'capitals' };
  engine: Teacher['engine'] = { engine: 'paper' };
  readonly asked: string[] = [];
  readonly seeds: number[] = [];

  async ask(question: Parameters<Teacher['ask']>[0], { seed }: Call) {
    const text = question.at(-1)!.content as string;
    this.asked.push(text);
    this.seeds.push(seed);
    await sleep(12 - Number(text.split(' ')[1]));
    return { answer: this.answer(text), isCut: false };
  }

  answer(text: string): string {
    return text.toUpperCase();
  }
}

const call = (output: string, more: Partial<CreateDataRequest> = {}) =>
  createData({
    prompt: 'Shout.',
    texts,
    rule: { pattern: undefined, labels: undefined },
    output,
    isOfRun: false,
    seed: 0,
    concurrency: 4,
    timeoutSeconds: 10,
    teacher: new Capitals(),
    signal: new AbortController().signal,
    onProgress: () => {},
    ...more,
  });
const outputIn = (folder = newFolder()) => join(folder, 'made', 'data.jsonl');
const read = (file: string) => readFileSync(file, 'utf8');
const rows = (file: string) =>
  read(file)
    .trimEnd()
    .split('\n')
    .map(line =>
      (JSON.parse(line) as { messages: { content: string }[] }).messages.map(each => each.content),
    );

test('writes text and answer, in the order of the texts, however many are asked side by side', async () => {
  const [four, one] = [outputIn(), outputIn()];
  expect(await call(four)).toMatchObject({ kept: 12, known: 0, dropped: new Map() });
  await call(one, { concurrency: 1 });
  expect(rows(four)).toEqual(texts.map(text => [text, text.toUpperCase()]));
  expect(read(four)).toBe(read(one));
});

test('the longest time for an answer need not be a whole number of milliseconds', async () => {
  expect(await call(outputIn(), { timeoutSeconds: 10.0005 })).toMatchObject({ kept: 12 });
});

test('each question has a seed of its own, which does not depend on the others', async () => {
  const [all, some] = [new Capitals(), new Capitals()];
  await call(outputIn(), { teacher: all });
  await call(outputIn(), { teacher: some, texts: texts.slice(5) });
  const seedOf = ({ asked, seeds }: Capitals) => new Map(asked.map((text, index) => [text, seeds[index]]));
  expect(new Set(all.seeds).size).toBe(12);
  for (const [text, seed] of seedOf(some)) expect(seedOf(all).get(text)).toBe(seed);
});

test('what was answered is not asked again, half a line is; texts that are added are all that is asked', async () => {
  const output = outputIn();
  await call(output, { texts: texts.slice(0, 8) });
  const [settings, ...lines] = read(`${output}.journal`).trimEnd().split('\n');
  writeFileSync(`${output}.journal`, [settings, ...lines.slice(0, 7), lines[7]!.slice(0, 20)].join('\n'));
  const teacher = new Capitals();
  expect(await call(output, { teacher })).toMatchObject({ kept: 12, known: 7 });
  const torn = (JSON.parse(lines[7]!) as { text: string }).text;
  expect(teacher.asked.toSorted()).toEqual([...texts.slice(8), torn].toSorted());
  expect(rows(output).map(([text]) => text)).toEqual(texts);

  // The journal is whole again: each line but the torn one can be read.
  const unreadable = read(`${output}.journal`)
    .trimEnd()
    .split('\n')
    .filter(line => !line.endsWith('}'));
  expect(unreadable).toEqual([lines[7]!.slice(0, 20)]);
});

test('texts that are gone are gone from the data, and their answers stay; another rule needs no other answers', async () => {
  const output = outputIn();
  await call(output);
  const same = new Capitals();
  const rule = { pattern: /\d$/u, labels: ['1', '2'] };
  expect(await call(output, { teacher: same, texts: texts.slice(0, 9), rule })).toMatchObject({
    kept: 2,
    unused: 3,
    dropped: new Map([['other-label', 7]]),
    examplesOfDropped: [{ text: 'text 0', answer: 'TEXT 0' }, {}, {}],
  });
  expect(same.asked).toEqual([]);
  expect(rows(output)).toEqual([
    ['text 1', '1'],
    ['text 2', '2'],
  ]);
  const back = new Capitals();
  expect(await call(output, { teacher: back })).toMatchObject({ kept: 12, known: 12, unused: 0 });
  expect(back.asked).toEqual([]);
});

const elsewhere = Object.assign(new Capitals(), { engine: { engine: 'paper', 'engine.precision': 'int8' } });
const longer = Object.assign(new Capitals(), { identity: { model: 'capitals', maxTokens: 9 } });
const prompts = Array.from({ length: 2 }, (_, i) => `${'Shout. '.repeat(20)}Or whisper ${i} times.`);

test.each([
  ['prompt', {}, { prompt: 'Shout louder.' }, 'prompt "Shout." -> "Shout louder."'],
  [
    'prompt that differs late',
    { prompt: prompts[0]! },
    { prompt: prompts[1]! },
    'prompt ..."r whisper 0 times." -> ..."r whisper 1 times."',
  ],
  ['seed', {}, { seed: 1 }, 'seed 0 -> 1'],
  ['teacher', {}, { teacher: longer }, 'maxTokens nothing -> 9'],
  ['engine', {}, { teacher: elsewhere }, 'engine.precision nothing -> "int8"'],
  [
    'prompt and teacher',
    {},
    { prompt: '', teacher: longer },
    'prompt "Shout." -> "", maxTokens nothing -> 9',
  ],
])(
  'another %s than of the answers that are there is refused, and all stays',
  async (_, first, other, found) => {
    const output = outputIn();
    await call(output, { ...first, texts: texts.slice(0, 2) });
    const before = [read(output), read(`${output}.journal`)];
    const teacher = 'teacher' in other ? other.teacher : new Capitals();
    await expect(call(output, { ...first, ...other, teacher })).rejects.toMatchObject({
      code: 'DATA_SETTINGS_CHANGED',
      at: `${output}.journal`,
      found,
      fix: `the earlier settings, or another output, or remove ${output} and its .journal to begin anew`,
    });
    expect(teacher.asked).toEqual([]);
    expect([read(output), read(`${output}.journal`)]).toEqual(before);
  },
);

test('answers without their settings are not taken for ours; a journal that a kill left without any is begun anew', async () => {
  const output = outputIn();
  await call(output);
  const [settings, ...answers] = read(`${output}.journal`).split('\n');
  writeFileSync(`${output}.journal`, answers.join('\n'));
  await expect(call(output)).rejects.toMatchObject({ code: 'DATA_SETTINGS_CHANGED' });

  writeFileSync(`${output}.journal`, settings!.slice(0, 10));
  expect(await call(output)).toMatchObject({ kept: 12, known: 0 });
  expect(await call(output)).toMatchObject({ kept: 12, known: 12 });
});

test('a run keeps the data that it has begun with; as long as there are none, its texts may change', async () => {
  const output = outputIn();
  const ofRun = { isOfRun: true };
  const dying = new Capitals();
  dying.answer = text => {
    if (dying.asked.length > 6) throw new Error('connection refused');
    return text.toUpperCase();
  };
  await expect(call(output, { ...ofRun, teacher: dying })).rejects.toMatchObject({ code: 'TEACHER_FAILED' });
  await call(output, { ...ofRun, texts: texts.slice(0, 9) });
  const before = read(output);
  expect(await call(output, { ...ofRun, texts: texts.slice(0, 9) })).toMatchObject({ known: 9 });

  const teacher = new Capitals();
  for (const [other, found] of [
    [texts.slice(0, 8), '0 texts that were not there, 1 that are gone'],
    [['text 11', ...texts.slice(1, 9)], '1 texts that were not there, 1 that are gone'],
    [texts.slice(0, 9).toReversed(), 'the same texts in another order'],
  ] as const)
    await expect(call(output, { ...ofRun, teacher, texts: other })).rejects.toMatchObject({
      code: 'RUN_DATA_CHANGED',
      at: output,
      found,
      fix: 'the earlier texts, or another log_path for a new run',
    });
  expect(teacher.asked).toEqual([]);
  expect(read(output)).toBe(before);
});

test('a teacher that dies ends it soon, says what is kept, and a second call asks for the rest alone', async () => {
  const output = outputIn();
  const dying = new Capitals();
  let calls = 0;
  dying.ask = async (question, given) => {
    if (++calls > 6) throw new Error('connection refused');
    return Capitals.prototype.ask.call(dying, question, given);
  };
  const failed = await call(output, { teacher: dying }).catch((error: unknown) => error);
  expect(failed).toMatchObject({
    code: 'TEACHER_FAILED',
    message: 'the teacher "capitals" did not answer: connection refused',
    fix: 'call it again: it goes on where it was',
  });
  expect(calls).toBeLessThanOrEqual(6 + 4);
  expect(existsSync(output)).toBe(false);
  const kept = read(`${output}.journal`).trimEnd().split('\n').length - 1; // the first line says with what settings
  expect(failed).toMatchObject({ found: `${kept} of 12 answers, kept in ${output}.journal` });

  const teacher = new Capitals();
  expect(await call(output, { teacher })).toMatchObject({ kept: 12, known: kept });
  expect(teacher.asked).toHaveLength(12 - kept);
});

test('a teacher that never answers is given up after its time', async () => {
  const silent = { name: 'silent', identity: {}, engine: {}, ask: () => new Promise<never>(() => {}) };
  await expect(call(outputIn(), { teacher: silent, timeoutSeconds: 0.02 })).rejects.toMatchObject({
    code: 'TEACHER_FAILED',
    message: 'the teacher "silent" did not answer: no answer in 0.02 s',
  });
});

test('aborted, it ends with the reason, and what was answered stays', async () => {
  const abort = new AbortController();
  const output = outputIn();
  const teacher = new Capitals();
  teacher.answer = text => {
    if (teacher.asked.length > 6) abort.abort(new Error('enough'));
    return text;
  };
  await expect(call(output, { teacher, signal: abort.signal })).rejects.toThrow('enough');
  expect(read(`${output}.journal`).split('\n').length).toBeGreaterThan(1);
  expect(existsSync(output)).toBe(false);
});

test('answers that are all empty are an error that shows one, and leave the data as they were', async () => {
  const output = outputIn();
  await call(output, { texts: texts.slice(0, 2) });
  const before = read(output);
  const empty = new Capitals();
  empty.answer = () => ' ';
  const failed = call(output, { teacher: empty, texts: texts.slice(2) });
  await expect(failed).rejects.toMatchObject({
    code: 'TEACHER_ANSWERS_UNUSABLE',
    message: 'no answer of the teacher "capitals" can be used',
    found: '10 empty; e.g. " " to "text 2"',
    fix: expect.stringMatching(
      /^a prompt and a chat format .*data\.jsonl\.journal keeps the answers/,
    ) as string,
  });
  expect(read(output)).toBe(before);
});

test('a file that it has not made is left alone, before anything is asked', async () => {
  const output = join(newFolder(), 'mine.jsonl');
  writeFileSync(output, 'precious\n');
  const teacher = new Capitals();
  await expect(call(output, { teacher })).rejects.toMatchObject({ code: 'OUTPUT_EXISTS', at: output });
  expect(teacher.asked).toEqual([]);
  expect(read(output)).toBe('precious\n');
  expect(existsSync(`${output}.journal`)).toBe(false);
});

test('a place where nothing can be written is found before anything is asked', async () => {
  const folder = newFolder();
  writeFileSync(join(folder, 'file'), '');
  const teacher = new Capitals();
  const failed = call(join(folder, 'file', 'data.jsonl'), { teacher });
  await expect(failed).rejects.toMatchObject({ code: 'FILE_UNWRITABLE' });
  expect(teacher.asked).toEqual([]);
});
