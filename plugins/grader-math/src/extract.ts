/**
 * Takes the final answer out of a solution text: the last `\boxed{...}` and the line after `####` of GSM8K.
 * Knows nothing of grading. Both are exact to the reference, because a row of a data set is kept or dropped by them.
 */

/** `unmatched`: a closing brace without its opening one. `none`: the text holds no answer in this form. */
export type ExtractionFailure = 'unmatched' | 'none';

export class ExtractionError extends Error {
  readonly code: ExtractionFailure;

  constructor(code: ExtractionFailure, message: string) {
    super(message);
    this.name = 'ExtractionError';
    this.code = code;
  }
}

const BOXED = '\\boxed';

/**
 * The content of the `\boxed{...}` that closes last, by matching braces; without one, the word after `\boxed `.
 * Escaped braces count like plain ones, and a closing brace too many anywhere refuses the whole text.
 * @throws ExtractionError
 */
export function extractBoxed(text: string): string {
  const openings: number[] = [];
  let last: string | undefined;
  for (let index = 0; index < text.length; index += 1) {
    const character = text[index];
    if (character === '{') openings.push(index);
    if (character !== '}') continue;
    const opening = openings.pop();
    if (opening === undefined) {
      throw new ExtractionError(
        'unmatched',
        `the closing brace at character ${index} has no opening brace before it`,
      );
    }
    if (text.startsWith(BOXED, opening - BOXED.length) && opening >= BOXED.length)
      last = text.slice(opening + 1, index);
  }
  if (last !== undefined) return last;
  const bare = /\\boxed\s+([a-zA-Z0-9]+)/.exec(text)?.[1];
  if (bare !== undefined) return bare;
  throw new ExtractionError('none', 'the text holds no \\boxed{...}');
}

// The line ends of Python's str.splitlines: LF, CR, CRLF, VT, FF, the ASCII separators, NEL, and U+2028, U+2029.
// oxlint-disable-next-line no-control-regex -- these control characters are line ends here
const LINE_END = /\r\n|[\n\r\v\f\u001c-\u001e\u0085\u2028\u2029]/;

/**
 * The final answer of a GSM8K solution: what follows `####` on the last line that starts with it, without a leading
 * colon and without commas; failing that, what follows the last `####` inside a line, as it stands.
 * @throws ExtractionError
 */
export function extractGsm8kAnswer(text: string): string {
  for (const line of text.split(LINE_END).toReversed()) {
    const trimmed = line.trim();
    if (!trimmed.startsWith('####')) continue;
    return trimmed.slice(4).trim().replace(/^:/, '').replaceAll(',', '').trim();
  }
  const inside = [...text.matchAll(/####\s*([^\n]+)/g)].at(-1)?.[1];
  if (inside !== undefined) return inside.trim();
  throw new ExtractionError('none', 'the text holds no #### line');
}
