/**
 * Byte-level tokenizers cut a text into words and turn each word into pieces without looking at the others. So what a word gave is
 * kept: nearly every word of a text has been there before. Knows nothing about how a word becomes pieces.
 */
/** Words beyond it push out the oldest. Some 10 MB. */
const MOST_WORDS = 65_536;
/** In UTF-16 units. Longer ones hardly come twice. */
const LONGEST_WORD = 64;

export interface WordEncoderParts {
  /** Each cuts what the ones before it have left, e.g. at digits, then at words. */
  readonly cuts: readonly ((text: string) => readonly string[])[];
  readonly encodeWord: (word: string) => readonly number[];
}

/** A text to ids, word by word. */
export function createWordEncoder({ cuts, encodeWord }: WordEncoderParts): (text: string) => number[] {
  const known = new Map<string, readonly number[]>();

  function idsOf(word: string): readonly number[] {
    const found = known.get(word);
    if (found) return found;
    const ids = encodeWord(word);
    if (word.length > LONGEST_WORD) return ids;
    if (known.size >= MOST_WORDS) known.delete(known.keys().next().value!);
    known.set(word, ids);
    return ids;
  }

  return text => {
    let words: readonly string[] = [text];
    for (const cut of cuts) words = words.length === 1 ? cut(words[0]!) : words.flatMap(cut);
    const ids: number[] = [];
    for (const word of words) for (const id of idsOf(word)) ids.push(id);
    return ids;
  };
}

/**
 * All matches of a global pattern, if they make up the whole text; else what `otherwise` makes of it. Patterns of tokenizers
 * usually leave nothing out, and the engine's own `match` is several times faster than a loop over matches.
 */
export function matchWhole(
  text: string,
  pattern: RegExp,
  otherwise: (text: string) => string[],
): readonly string[] {
  const words = text.match(pattern) ?? [];
  let length = 0;
  for (const word of words) length += word.length;
  return length === text.length ? words : otherwise(text);
}
