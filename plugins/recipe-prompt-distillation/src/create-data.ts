/**
 * Asks a teacher about texts with a prompt, and writes what it answers as conversations without the prompt. What was asked once is
 * not asked again: answers are kept in a journal beside the data, found again by what they depend on, and the data are always made
 * of all of them, in the order of the texts. So a kill at any moment loses no answer and doubles none. A journal is of one prompt
 * and one teacher: with others, the call is refused.
 */
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { TinsmithError } from '@tinsmith/core';
import { askAll, type Asking } from './ask-all.js';
import { readIfThere, replaceFile } from './data-file.js';
import { openJournal } from './journal.js';
import {
  type AnswerRule,
  dropReasons,
  type DropReason,
  exampleOf,
  judgeAnswer,
  type TeacherAnswer,
} from './question.js';

export interface CreateDataRequest extends Omit<Asking, 'journal'> {
  /** Each once. */
  readonly texts: readonly string[];
  readonly rule: AnswerRule;
  /** JSON lines; the journal is beside it, `.journal` behind its name. Absolute. */
  readonly output: string;
  /** Data that are there stay as they are: a run has begun to learn from them. */
  readonly isOfRun: boolean;
}

export interface CreatedData {
  readonly kept: number;
  /** Answers that were there before. */
  readonly known: number;
  /** Answers in the journal to texts that are not asked about any more. */
  readonly unused: number;
  readonly dropped: ReadonlyMap<DropReason, number>;
  /** Some of what was dropped, for people. */
  readonly examplesOfDropped: readonly { readonly text: string; readonly answer: string }[];
}

/**
 * @throws OUTPUT_EXISTS for a file that this has not made; DATA_SETTINGS_CHANGED for answers of another prompt or teacher;
 * RUN_DATA_CHANGED if a run would learn other data than it began with; what `askAll` throws; TEACHER_ANSWERS_UNUSABLE if every
 * answer is dropped. The data are as they were then.
 */
export async function createData(request: CreateDataRequest): Promise<CreatedData> {
  const { texts, output, isOfRun, prompt, seed, teacher } = request;
  const journalFile = `${output}.journal`;
  if (existsSync(output) && !existsSync(journalFile)) throw outputExists(output);
  const settings = { prompt, seed, ...teacher.identity, ...teacher.engine };
  const journal = await openJournal(journalFile, settings, isOfRun ? NEW_RUN : newData(output));
  try {
    const questions = texts.map(text => ({ text, id: idOf(text, request) }));
    const open = questions.filter(({ id }) => !journal.find(id));
    const known = questions.length - open.length;
    const inputChange = { added: open.length, gone: journal.size - known };
    const before = await readIfThere(output);
    const isFixed = isOfRun && before !== undefined;
    if (isFixed && open.length > 0) throw runDataChanged(output, inputChange);

    await askAll(open, { ...request, journal });
    const answers = questions.map(({ text, id }) => ({ text, ...journal.find(id)! }));
    const { content, ...examples } = examplesIn(answers, request);
    if (isFixed && content !== before) throw runDataChanged(output, inputChange);
    if (content !== before) {
      await journal.sync(); // no data without the answers that they were made of
      await replaceFile(output, content);
    }
    return { ...examples, known, unused: inputChange.gone };
  } finally {
    await journal.close();
  }
}

/** All that the answer depends on, and nothing of where it came from: order, other texts and the engine do not matter. */
const idOf = (text: string, { prompt, seed, teacher }: CreateDataRequest): string =>
  createHash('sha256')
    .update(JSON.stringify([prompt, text, seed, teacher.identity]))
    .digest('hex');

/** How many of what was dropped are shown. */
const SHOWN = 3;

function examplesIn(
  answers: readonly (TeacherAnswer & { readonly text: string })[],
  { rule, output, teacher }: CreateDataRequest,
): Omit<CreatedData, 'known' | 'unused'> & { readonly content: string } {
  const dropped = new Map<DropReason, number>();
  const examplesOfDropped: { readonly text: string; readonly answer: string }[] = [];
  const lines: string[] = [];
  for (const { text, ...answer } of answers) {
    const verdict = judgeAnswer(answer, rule);
    if ('label' in verdict) {
      lines.push(`${JSON.stringify(exampleOf(text, verdict.label))}\n`);
      continue;
    }
    dropped.set(verdict.dropped, (dropped.get(verdict.dropped) ?? 0) + 1);
    if (examplesOfDropped.length < SHOWN) examplesOfDropped.push({ text, answer: answer.answer });
  }
  if (lines.length === 0) throw unusable(teacher.name, output, dropped, examplesOfDropped[0]);
  return { content: lines.join(''), kept: lines.length, dropped, examplesOfDropped };
}

/** The most frequent first: `3 empty, 2 cut off` */
export const inWords = (dropped: ReadonlyMap<DropReason, number>): string =>
  [...dropped]
    .toSorted(([, a], [, b]) => b - a)
    .map(([reason, count]) => `${count} ${dropReasons[reason]}`)
    .join(', ');

const NEW_RUN = 'another log_path for a new run';
const newData = (output: string) => `another output, or remove ${output} and its .journal to begin anew`;

const outputExists = (output: string) =>
  new TinsmithError({
    code: 'OUTPUT_EXISTS',
    message: 'the file is there, and has not been made by create_data',
    at: output,
    found: `no ${output}.journal beside it`,
    fix: 'another output, or remove the file',
  });

const runDataChanged = (output: string, { added, gone }: { readonly added: number; readonly gone: number }) =>
  new TinsmithError({
    code: 'RUN_DATA_CHANGED',
    message: 'the run cannot go on with other data than it began with: the texts to ask about have changed',
    at: output,
    found:
      added + gone > 0
        ? `${added} texts that were not there, ${gone} that are gone`
        : 'the same texts in another order',
    fix: `the earlier texts, or ${NEW_RUN}`,
  });

function unusable(
  teacher: string,
  output: string,
  dropped: ReadonlyMap<DropReason, number>,
  example: { readonly text: string; readonly answer: string } | undefined,
): TinsmithError {
  const [[reason] = ['empty' as const]] = [...dropped].toSorted(([, a], [, b]) => b - a);
  const shown = example && `; e.g. ${beginning(example.answer)} to ${beginning(example.text)}`;
  return new TinsmithError({
    code: 'TEACHER_ANSWERS_UNUSABLE',
    message: `no answer of the teacher "${teacher}" can be used`,
    found: `${inWords(dropped)}${shown ?? ''}`,
    fix: `${REMEDIES[reason]}; ${output}.journal keeps the answers: without it they are asked for again`,
  });
}

/** A text for people, in quotes. */
export const beginning = (text: string): string => JSON.stringify(text.slice(0, 80));

const REMEDIES: Readonly<Record<DropReason, string>> = {
  empty: 'a prompt and a chat format that the teacher was trained with',
  cut: 'more maxTokens, or a prompt that asks for less',
  unmatched: 'a prompt that says how to answer, or another answer pattern',
  'other-label': 'a prompt that names the labels, or other labels',
};
