/**
 * Finds added tokens (`<|im_end|>`, `<think>`) in a text, as the Rust library does: the leftmost, of several there the longest.
 * Knows nothing about the model.
 */
import type { AddedTokenEntry } from './huggingface.js';

/** A text in between, or a token. */
export type Section = string | AddedTokenEntry;

/** Cuts a text at the tokens in it. */
export type Splitter = (text: string) => Section[];

const wholeText: Splitter = text => (text === '' ? [] : [text]);

/** @param written how a token stands in the text; its own content unless the text is normalized. */
export function createSplitter(
  tokens: readonly AddedTokenEntry[],
  written: (token: AddedTokenEntry) => string = token => token.content,
): Splitter {
  const byText = new Map(tokens.map(token => [written(token), token]));
  byText.delete('');
  if (byText.size === 0) return wholeText;
  const longestFirst = [...byText.keys()].toSorted((a, b) => b.length - a.length);
  const pattern = new RegExp(longestFirst.map(escape).join('|'), 'g');

  return text => {
    const sections: Section[] = [];
    let start = 0;
    for (const match of text.matchAll(pattern)) {
      const token = byText.get(match[0])!;
      const end = match.index + match[0].length;
      if (match.index < start || (token.single_word && isInsideWord(text, match.index, end))) continue;
      const before = text.slice(start, match.index);
      const kept = token.lstrip ? before.trimEnd() : before;
      if (kept !== '') sections.push(kept);
      sections.push(token);
      start = token.rstrip ? end + leadingSpace(text.slice(end)) : end;
    }
    if (start < text.length) sections.push(text.slice(start));
    return sections;
  };
}

const escape = (text: string) => text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`);
const isWord = (character: string | undefined) => character !== undefined && /[\p{L}\p{N}_]/u.test(character);
const isInsideWord = (text: string, start: number, end: number) =>
  isWord(text[start - 1]) || isWord(text[end]);
const leadingSpace = (text: string) => text.length - text.trimStart().length;
