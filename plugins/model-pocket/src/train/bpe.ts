/**
 * Byte-pair encoding (Sennrich et al. 2016, on bytes as in GPT-2): learns which adjacent pieces to merge.
 * Deterministic: equal counts are decided by the pieces' order. Knows nothing about file formats.
 */
import { byteAlphabet, toByteCharacters } from './byte-alphabet.js';

/** Pieces are written in the byte alphabet. */
export interface BytePairEncoding {
  /** The position is the id: the 256 bytes, then one piece per merge, then the fixed texts. */
  readonly pieces: readonly string[];
  /** In the order in which they are applied. */
  readonly merges: readonly (readonly [string, string])[];
  /** Of the parts within which pieces are merged. */
  readonly splitPattern: string;
}

/**
 * Splits a text into the parts within which pieces are merged. That of Qwen2 but for the English
 * contractions: a word with the character before it, a single digit, punctuation, line ends, spaces.
 */
const SPLIT_PATTERN =
  '[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+';

export interface BytePairOptions {
  /** Become one piece each, without merges that lead to it: they are cut out whole. */
  readonly fixedTexts?: readonly string[];
  /** Words that occur less often are not learned from: made-up names are not worth a piece. */
  readonly leastCount?: number;
}

interface Word {
  symbols: string[];
  readonly count: number;
}

/** `size` pieces, or fewer if no pair occurs twice any more. */
export function trainBytePairs(
  texts: Iterable<string>,
  size: number,
  { fixedTexts = [], leastCount = 1 }: BytePairOptions = {},
): BytePairEncoding {
  const splitPattern = [
    ...fixedTexts.toSorted((a, b) => b.length - a.length).map(escape),
    SPLIT_PATTERN,
  ].join('|');
  const counts = countWords(texts, splitPattern);
  for (const text of fixedTexts) counts.delete(text);
  const words = [...counts]
    .filter(([, count]) => count >= leastCount)
    .map(([part, count]): Word => ({ symbols: toByteCharacters(part), count }));
  const pieces = [...byteAlphabet];
  const merges: [string, string][] = [];
  while (pieces.length < size - fixedTexts.length) {
    const best = mostFrequentPair(words);
    if (!best) break;
    merges.push(best);
    pieces.push(best.join(''));
    for (const word of words) word.symbols = merge(word.symbols, best);
  }
  pieces.push(...fixedTexts.map(text => toByteCharacters(text).join('')));
  return { pieces, merges, splitPattern };
}

const escape = (text: string): string => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);

function countWords(texts: Iterable<string>, splitPattern: string): Map<string, number> {
  const counts = new Map<string, number>();
  const pattern = new RegExp(splitPattern, 'gu');
  for (const text of texts) {
    for (const [part] of text.matchAll(pattern)) counts.set(part, (counts.get(part) ?? 0) + 1);
  }
  return counts;
}

function mostFrequentPair(words: readonly Word[]): [string, string] | undefined {
  const counts = new Map<string, number>();
  for (const { symbols, count } of words) {
    for (let i = 1; i < symbols.length; i++) {
      const key = `${symbols[i - 1]} ${symbols[i]}`; // the alphabet has no space
      counts.set(key, (counts.get(key) ?? 0) + count);
    }
  }
  let best: string | undefined;
  let most = 1;
  for (const [key, count] of counts) {
    if (count > most || (count === most && best !== undefined && key < best)) [best, most] = [key, count];
  }
  return best?.split(' ') as [string, string] | undefined;
}

function merge(symbols: readonly string[], [left, right]: readonly [string, string]): string[] {
  const merged: string[] = [];
  for (let i = 0; i < symbols.length; i++) {
    const isPair = symbols[i] === left && symbols[i + 1] === right;
    merged.push(isPair ? left + right : symbols[i]!);
    if (isPair) i++;
  }
  return merged;
}
