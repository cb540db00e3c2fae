/** What a teacher is asked, and what of its answer is learnt. Knows no engine and no files. */
import type { Message } from '@tinsmith/core';

/** Where the text stands in a prompt that has a place for it. */
const PLACE = '{text}';

/** A prompt with a place for the text is one message of the user; any other is the system message before the text. */
export function questionOf(prompt: string, text: string): readonly Message[] {
  if (prompt.includes(PLACE)) return [{ role: 'user', content: prompt.replaceAll(PLACE, () => text) }];
  return [
    { role: 'system', content: prompt },
    { role: 'user', content: text },
  ];
}

/** What the student learns: the text without the prompt. */
export const exampleOf = (text: string, label: string): { readonly messages: readonly Message[] } => ({
  messages: [
    { role: 'user', content: text },
    { role: 'assistant', content: label },
  ],
});

export interface TeacherAnswer {
  /** Without what was thought. */
  readonly answer: string;
  /** It reached the longest length. */
  readonly isCut: boolean;
}

/** What of an answer is kept. */
export interface AnswerRule {
  /** Its first group, or all that matches; undefined: the whole answer. */
  readonly pattern: RegExp | undefined;
  /** Others are dropped; undefined: all are kept. */
  readonly labels: readonly string[] | undefined;
}

/** In words that complete "dropped 3: ...". */
export const dropReasons = {
  empty: 'empty',
  cut: 'cut off',
  unmatched: 'without the answer that is looked for',
  'other-label': 'with another label',
} as const;
export type DropReason = keyof typeof dropReasons;

export type Verdict = { readonly label: string } | { readonly dropped: DropReason };

export function judgeAnswer({ answer, isCut }: TeacherAnswer, { pattern, labels }: AnswerRule): Verdict {
  if (answer.trim() === '') return { dropped: 'empty' };
  const match = pattern && firstMatch(answer, pattern);
  if (pattern && !match) return { dropped: isCut ? 'cut' : 'unmatched' };
  // What reaches the end of an answer that was cut off may have been cut off itself: "e" of "en".
  if (isCut && (match?.end ?? answer.length) >= answer.length) return { dropped: 'cut' };
  const label = match ? match.label : answer.trim();
  if (label === '') return { dropped: 'empty' };
  if (labels && !labels.includes(label)) return { dropped: 'other-label' };
  return { label };
}

/** Undefined if there is none. */
export function firstMatch(answer: string, pattern: RegExp): { label: string; end: number } | undefined {
  const match = pattern.exec(answer);
  return match ? { label: match[1] ?? match[0], end: match.index + match[0].length } : undefined;
}
