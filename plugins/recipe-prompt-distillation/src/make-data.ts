/** From options to data: the files are read, the teacher is opened, and what came of it is said. For the command and the recipe. */
import { existsSync } from 'node:fs';
import { basename, resolve } from 'node:path';
import type { RowSource } from '@tinsmith/core';
import { allOrProblems } from '@tinsmith/training/options';
import type { CreateDataOptions } from './options.js';
import { checkTeacher, type NameOption, openTeacher, type TeacherRegistries } from './teacher.js';
import { readPrompt, readTexts, type Texts } from './texts.js';

export interface DataRegistries extends TeacherRegistries {
  readonly rows: RowSource | undefined;
}

export interface MakeDataSurroundings {
  /** What relative paths are relative to. */
  readonly cwd: string;
  /** Absolute. */
  readonly output: string;
  /** As of `createData`. */
  readonly isOfRun: boolean;
  readonly seed: number;
  readonly signal: AbortSignal;
  readonly nameOption: NameOption;
  /** A line about what is going on. */
  readonly tell: (line: string) => void;
}

type Place = Pick<MakeDataSurroundings, 'cwd' | 'nameOption'>;

/** Reads both files and looks for the teacher; opens nothing. Throws all problems together. */
export async function checkData(
  options: CreateDataOptions,
  registries: DataRegistries,
  place: Place,
): Promise<void> {
  await allOrProblems<unknown>([
    checkTeacher(options, registries, place.nameOption),
    ...readFiles(options, registries.rows, place),
  ]);
}

/** Returns a line about the result. */
export async function makeData(
  options: CreateDataOptions,
  registries: DataRegistries,
  { output, isOfRun, seed, signal, tell, ...place }: MakeDataSurroundings,
): Promise<string> {
  const [reading, readingTexts] = readFiles(options, registries.rows, place);
  await allOrProblems<unknown>([checkTeacher(options, registries, place.nameOption), reading, readingTexts]);
  const [prompt, { texts, duplicates }] = await Promise.all([reading, readingTexts]);
  const teacher = await openTeacher(options, registries, place.nameOption);
  const { beginning, createData, inWords } = await import('./create-data.js');
  const { concurrency, timeoutSeconds, answer, labels } = options;
  if (duplicates > 0) tell(`${duplicates} texts that are there twice are asked about once`);
  const { kept, known, unused, dropped, examplesOfDropped } = await createData({
    prompt,
    texts,
    rule: { pattern: answer === undefined ? undefined : new RegExp(answer, 'u'), labels },
    output,
    isOfRun,
    seed,
    concurrency,
    timeoutSeconds,
    teacher,
    signal,
    onProgress: tell,
  });
  if (known > 0) tell(`${known} of ${texts.length} answers were there`);
  if (unused > 0) tell(`${unused} answers are to texts that are gone: in the journal, not in the data`);
  for (const each of examplesOfDropped) tell(`dropped: ${beginning(each.answer)} to ${beginning(each.text)}`);
  const count = texts.length - kept;
  return `${kept} examples of ${texts.length} texts; dropped ${count}${count > 0 ? `: ${inWords(dropped)}` : ''}; ${basename(output)}`;
}

function readFiles(
  { prompt, input, inputField }: CreateDataOptions,
  rows: RowSource | undefined,
  { cwd, nameOption }: Place,
): [Promise<string>, Promise<Texts>] {
  // A hub id stays what it is, also one like org/texts-v1.1; a file may be named relative to the working directory.
  const file = resolve(cwd, input);
  const isFile = input.endsWith('.txt') || existsSync(file);
  return [
    readPrompt(resolve(cwd, prompt), nameOption('prompt')),
    readTexts({ input: isFile ? file : input, inputField }, rows, nameOption('input')),
  ];
}
