/** Questions to a teacher, some side by side, each answer kept as it comes. Knows nothing about what of an answer is learnt. */
import { messageOf, TinsmithError } from '@tinsmith/core';
import { mixSeed, orAborted, sideBySide } from '@tinsmith/training';
import type { Journal } from './journal.js';
import { questionOf, type TeacherAnswer } from './question.js';
import type { Teacher } from './teacher.js';

export interface Question {
  /** Stands for all that the answer depends on. */
  readonly id: string;
  readonly text: string;
}

export interface Asking {
  readonly prompt: string;
  readonly seed: number;
  readonly concurrency: number;
  /** For one answer. */
  readonly timeoutSeconds: number;
  readonly teacher: Teacher;
  readonly journal: Journal;
  readonly signal: AbortSignal;
  /** How far it is, now and then. */
  readonly onProgress: (line: string) => void;
}

/**
 * The first failure ends all: what made it would make the others fail, too.
 * @throws TEACHER_FAILED, FILE_UNWRITABLE, the reason of the signal; the answers until then are in the journal
 */
export async function askAll(questions: readonly Question[], asking: Asking): Promise<void> {
  const { concurrency: limit, journal, signal, teacher, onProgress } = asking;
  const showProgress = everyFewSeconds(count =>
    onProgress(`${teacher.name}: ${count} of ${questions.length} answers`),
  );
  let answered = 0;
  try {
    await sideBySide(questions, { limit, signal }, async (question, _, over) => {
      const answer = await askOne(question, asking, over);
      await journal.add({ ...question, ...answer });
      showProgress(++answered);
    });
  } catch (error) {
    if (!(error instanceof TeacherSilence)) throw error;
    throw teacherFailed(error, asking, `${answered} of ${questions.length}`);
  }
}

/** The teacher gave no answer; `message` says why. */
class TeacherSilence extends Error {}

async function askOne(
  { id, text }: Question,
  { prompt, seed, timeoutSeconds, teacher }: Asking,
  signal: AbortSignal,
): Promise<TeacherAnswer> {
  const timeout = AbortSignal.timeout(Math.ceil(timeoutSeconds * 1000));
  const call = {
    seed: mixSeed(seed, Number.parseInt(id.slice(0, 12), 16)),
    signal: AbortSignal.any([signal, timeout]),
  };
  try {
    return await orAborted(teacher.ask(questionOf(prompt, text), call), call.signal);
  } catch (cause) {
    const reason = timeout.aborted ? `no answer in ${timeoutSeconds} s` : messageOf(cause);
    throw new TeacherSilence(reason, { cause });
  }
}

function teacherFailed({ message, cause }: TeacherSilence, { teacher, journal }: Asking, answered: string) {
  const known = TinsmithError.is(cause) ? cause : undefined;
  return new TinsmithError({
    code: 'TEACHER_FAILED',
    message: `the teacher "${teacher.name}" did not answer: ${message}`,
    at: known?.at,
    found: `${answered} answers, kept in ${journal.file}`,
    fix: `${known?.fix === undefined ? '' : `${known.fix}; `}call it again: it goes on where it was`,
    cause,
  });
}

/** Milliseconds. */
const BETWEEN_LINES = 5000;

function everyFewSeconds(show: (count: number) => void): (count: number) => void {
  let shownAt = performance.now();
  return count => {
    if (performance.now() - shownAt < BETWEEN_LINES) return;
    shownAt = performance.now();
    show(count);
  };
}
