/** Words, sentences and paragraphs as IFEval's checks count them (google-research, instruction_following_eval; Apache-2.0 data). */

/** Runs of letters, digits and underscores. */
export const wordsOf = (text: string): string[] => text.match(/[\p{L}\p{M}\p{N}_]+/gu) ?? [];

const SENTENCE_END = /[.!?…]+["'”’)\]]*(?=\s|$)/gu;
/** A full stop after these ends no sentence. */
const ABBREVIATION =
  /(?:^|[\s(])(?:mr|mrs|ms|dr|prof|st|jr|sr|vs|etc|e\.g|i\.e|inc|ltd|co|no|fig|(?:\p{L}\.)+\p{L})\.$/iu;

export function countSentences(text: string): number {
  const trimmed = text.trim();
  if (trimmed === '') return 0;
  let count = 0;
  let end = 0;
  for (const match of trimmed.matchAll(SENTENCE_END)) {
    const after = match.index + match[0].length;
    if (after < trimmed.length && ABBREVIATION.test(trimmed.slice(Math.max(0, after - 12), after))) continue;
    count++;
    end = after;
  }
  return trimmed.slice(end).trim() === '' ? count : count + 1;
}

/** `at least`, `at most`, `less than`, `exactly`: as the data sets write relations. */
export function holds(count: number, relation: string, wanted: number): boolean {
  switch (relation) {
    case 'at least':
      return count >= wanted;
    case 'at most':
      return count <= wanted;
    case 'less than':
      return count < wanted;
    case 'exactly':
      return count === wanted;
    default:
      throw new RangeError(`the relation "${relation}" is none of at least, at most, less than, exactly`);
  }
}
