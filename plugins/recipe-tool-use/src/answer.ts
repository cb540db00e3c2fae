/**
 * Short answers compared as Search-R1 compares them (cookbook-recipes, section 10). Knows nothing about episodes.
 */
import { textOf, type Message, type Metrics } from '@tinsmith/core';

/** What a letter and a word are is Python's notion, so that scores can be compared. */
const ARTICLES = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu;
const PUNCTUATION = /[!"#$%&'()*+,\-./:;<=>?@[\\\]^_`{|}~]/g;
/** Python counts these as spaces too, and the byte order mark, which JavaScript counts, not. */
const MORE_SPACES = String.fromCodePoint(0x1c, 0x1d, 0x1e, 0x1f, 0x85);
const SPACES = new RegExp(`(?:(?!\\uFEFF)[\\s${MORE_SPACES}])+`, 'gu');

/** In lower case, without ASCII punctuation, English articles and extra spaces, in this order. */
export function normaliseAnswer(answer: string): string {
  return answer
    .toLowerCase()
    .replaceAll(PUNCTUATION, '')
    .replaceAll(ARTICLES, ' ')
    .replaceAll(SPACES, ' ')
    .replace(/^ /, '')
    .replace(/ $/, '');
}

const PREFIX = 'Answer:';

/** What stands behind the only `Answer:`; undefined if there is none or more than one. */
export function answerIn(text: string): string | undefined {
  const parts = text.split(PREFIX);
  return parts.length === 2 ? parts[1] : undefined;
}

export interface AnswerGrade {
  readonly reward: number;
  readonly metrics: Metrics & { readonly format: number; readonly correct: number };
}

/**
 * 1 for an answer that equals one of the right ones, less `formatCoef` if there is no `Answer:`. The last message of the
 * assistant counts; without one the reward is 0.
 */
export function gradeAnswer(
  messages: readonly Message[],
  { goldAnswers, formatCoef }: { readonly goldAnswers: readonly string[]; readonly formatCoef: number },
): AnswerGrade {
  const last = messages.findLast(({ role }) => role === 'assistant');
  if (!last) return { reward: 0, metrics: { format: 0, correct: 0 } };
  const answer = answerIn(textOf(last));
  const given = answer === undefined ? undefined : normaliseAnswer(answer);
  const format = given === undefined ? 0 : 1;
  const correct = goldAnswers.some(gold => normaliseAnswer(gold) === given) ? 1 : 0;
  return { reward: formatCoef * (format - 1) + correct, metrics: { format, correct } };
}
