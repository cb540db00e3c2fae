/**
 * What a chat format writes and what people wrote, kept apart until it is encoded. Formats write templates:
 *
 *     markup`<|im_start|>${role}\n${content}<|im_end|>`
 *
 * The fixed text may hold control tokens. A string put into it may not: whatever is written there stays text, so that nobody
 * can end a turn by writing the letters that end it.
 */
export interface Piece {
  readonly text: string;
  /** Written by the format. */
  readonly fixed: boolean;
}

export type Markup = readonly Piece[];

export const nothing: Markup = [];

/** Strings are what people wrote; markup is taken over as it is. */
export function markup(fixed: TemplateStringsArray, ...values: readonly (string | Markup)[]): Markup {
  return fixed.flatMap((text, index): Markup => {
    const value = values[index];
    const written = value === undefined ? nothing : typeof value === 'string' ? content(value) : value;
    return text === '' ? written : [{ text, fixed: true }, ...written];
  });
}

/** Text that the format writes but that is made elsewhere. */
export const fixedText = (text: string): Markup => (text === '' ? nothing : [{ text, fixed: true }]);

/** What people wrote. */
export const content = (text: string): Markup => (text === '' ? nothing : [{ text, fixed: false }]);

export const join = (parts: readonly Markup[], separator: Markup = nothing): Markup =>
  parts.flatMap((part, index) => (index === 0 ? part : [...separator, ...part]));

export const textOfMarkup = (pieces: Markup): string => pieces.map(piece => piece.text).join('');

/** Without the newlines that it begins with. */
export function withoutLeadingNewlines(pieces: Markup): Markup {
  const [first, ...rest] = pieces;
  if (!first) return nothing;
  const text = first.text.replace(/^\n+/, '');
  return text === '' ? withoutLeadingNewlines(rest) : [{ ...first, text }, ...rest];
}
