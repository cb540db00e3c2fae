/**
 * Markup to token ids. Control tokens are put in by id; the text between two of them is encoded in one go, so that it gets the
 * tokens that the model saw in training. Knows nothing about messages.
 */
import { TinsmithError, type Tokenizer } from '@tinsmith/core';
import { type Markup, textOfMarkup } from './markup.js';

/**
 * Tags that models read and write in their own texts. They are tokens wherever they stand, also in what people wrote: a
 * conversation in a file holds them, and they cannot end a turn.
 */
const TAGS = ['<think>', '</think>', '<tool_call>', '</tool_call>', '<tool_response>', '</tool_response>'];

export interface Encoder {
  encode(markup: Markup): number[];
  /** The id of a control token of the format. */
  id(piece: string): number;
}

export interface EncoderOptions {
  /** Of the renderer, for messages. */
  readonly name: string;
  /** Control tokens of the format: all of them must be in the vocabulary. */
  readonly controlTokens: readonly string[];
  /** Sentences of the format's own tool declarations: control tokens in them are meant. */
  readonly ownSentences?: readonly string[] | undefined;
  /**
   * As the reference encodes what people wrote: with all control tokens in it, or with those that are added without being
   * special. Default: none.
   */
  readonly controlTokensInContent?: 'all' | 'added' | undefined;
}

/** @throws RENDERER_TOKEN_MISSING for a tokenizer without one of the control tokens. */
export function createEncoder(tokenizer: Tokenizer, options: EncoderOptions): Encoder {
  const { name, controlTokens, ownSentences = [], controlTokensInContent } = options;
  const ids = new Map(controlTokens.map(piece => [piece, requireToken(tokenizer, name, piece)]));
  for (const tag of TAGS) {
    const token = tokenizer.tokenId(tag);
    if (token !== undefined) ids.set(tag, token);
  }
  const inFixedText = searchFor([...ids.keys()]);
  const inContent = searchFor(TAGS.filter(tag => ids.has(tag)));

  function partsOf(markup: Markup): string[] {
    const parts: string[] = [''];
    for (const { text, fixed } of markup) {
      const isMeant = fixed || ownSentences.some(sentence => text.includes(sentence));
      const [first = '', ...others] = cut(text, isMeant ? inFixedText : inContent);
      parts.push(parts.pop()! + first, ...others);
    }
    return parts;
  }

  return {
    encode(markup) {
      if (controlTokensInContent === 'all')
        return tokenizer.encode(textOfMarkup(markup), { specialTokens: true });
      return partsOf(markup).flatMap((part, index) => {
        if (index % 2 === 1) return [ids.get(part)!];
        return part === '' ? [] : tokenizer.encode(part, { addedTokens: controlTokensInContent === 'added' });
      });
    },
    id: piece => ids.get(piece)!,
  };
}

/** Cuts a text at the pieces: every second part is one. */
const cut = (text: string, pattern: RegExp | undefined) => (pattern ? text.split(pattern) : [text]);

function searchFor(pieces: readonly string[]): RegExp | undefined {
  if (pieces.length === 0) return undefined;
  const escaped = pieces.map(piece => piece.replaceAll(/[\\^$.*+?()[\]{}|/]/g, String.raw`\$&`));
  return new RegExp(`(${escaped.toSorted((a, b) => b.length - a.length).join('|')})`);
}

function requireToken(tokenizer: Tokenizer, name: string, piece: string): number {
  const token = tokenizer.tokenId(piece);
  if (token !== undefined) return token;
  throw new TinsmithError({
    code: 'RENDERER_TOKEN_MISSING',
    message: `the renderer ${name} does not fit this model: its tokenizer has no ${piece}`,
    found: `a vocabulary of ${tokenizer.vocabSize} without it`,
    fix: 'choose the renderer that the model was trained with',
  });
}
