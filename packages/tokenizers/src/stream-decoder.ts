/**
 * Text of tokens as they come. A token can end inside a character; such tokens are held back until the character is whole.
 * Knows nothing of tags or messages.
 */
import type { Tokenizer } from './tokenizer.js';

export interface StreamDecoder {
  /** The text that has become whole, maybe empty; undefined if all of it is held back. */
  push(token: number): string | undefined;
  /** What is held back; bytes that never became a character are shown as U+FFFD. */
  flush(): string;
}

export interface StreamDecoderOptions {
  /**
   * Whether the tokens before count: pieces such as `▁word` lose their space at the beginning of a text, and only there.
   * Default true, so that the parts together are the decoded whole. False: as the reference does it, which loses spaces.
   */
  readonly inContext?: boolean;
}

/** A broken character is one U+FFFD at the end; so is a whole one that was written that way, which comes one token later. */
const BROKEN = '\uFFFD';
/** Characters have up to four bytes, tokens at least one: more tokens than this cannot belong to the last character. */
const MOST_HELD_BACK = 8;

export function createStreamDecoder(
  tokenizer: Pick<Tokenizer, 'decode'>,
  { inContext = true }: StreamDecoderOptions = {},
): StreamDecoder {
  let context: number[] = [];
  let pending: number[] = [];

  const decode = (tokens: readonly number[]) => {
    if (context.length === 0) return tokenizer.decode(tokens);
    const before = tokenizer.decode(context);
    const together = tokenizer.decode([...context, ...tokens]);
    return together.startsWith(before) ? together.slice(before.length) : tokenizer.decode(tokens);
  };
  const release = (count: number, text: string) => {
    if (inContext) context = pending.slice(0, count);
    pending = pending.slice(count);
    return text;
  };

  return {
    push(token) {
      pending.push(token);
      for (let held = 0; held < pending.length && held <= MOST_HELD_BACK; held++) {
        const text = decode(pending.slice(0, pending.length - held));
        if (!text.endsWith(BROKEN)) return release(pending.length - held, text);
      }
      return undefined;
    },
    flush() {
      return pending.length === 0 ? '' : release(pending.length, decode(pending));
    },
  };
}
