/**
 * A response as it is sampled: deltas of text and thinking, then the whole message. Tags and characters that are not complete
 * are held back. Knows the tags of thinking only; tool calls come with the message.
 */
import type { MessageDelta, ResponseStream } from '@tinsmith/core';
import { createStreamDecoder } from '@tinsmith/tokenizers';
import type { ChatFormat, Decoder } from './format.js';

export function createResponseStream(
  format: NonNullable<ChatFormat['streaming']>,
  decoder: Decoder,
): ResponseStream {
  const end = decoder.id(format.endToken);
  const text = createStreamDecoder(decoder);
  const blocks = new Blocks();
  const all: number[] = [];
  /** Tokens that wait until it is known whether the prompt's beginning belongs in front of them. */
  let waiting: number[] | undefined = format.prefill ? [] : undefined;
  let isEnded = false;
  let hasHeader = false;

  function take(tokens: readonly number[]): MessageDelta[] {
    const deltas: MessageDelta[] = [];
    for (const token of tokens) {
      if (isEnded) break;
      all.push(token);
      isEnded = token === end;
      const piece = isEnded ? undefined : text.push(token);
      if (piece === undefined) continue;
      if (!hasHeader) deltas.push({ type: 'header', role: 'assistant' });
      hasHeader = true;
      deltas.push(...blocks.push(piece));
    }
    return deltas;
  }

  function release(isWhole: boolean): MessageDelta[] {
    if (!waiting || !(isWhole || format.prefill!.isKnown(waiting, decoder))) return [];
    const known = format.prefill!.restore(waiting, decoder);
    waiting = undefined;
    return take(known);
  }

  return {
    push(token) {
      if (!waiting) return take([token]);
      waiting.push(token);
      return release(false);
    },
    end() {
      const deltas = release(true);
      const rest = text.flush();
      if (!hasHeader) deltas.push({ type: 'header', role: 'assistant' });
      deltas.push(...blocks.push(rest), ...blocks.flush());
      deltas.push({ type: 'message', message: format.parse(all, decoder) });
      return deltas;
    },
  };
}

const OPEN = '<think>';
const CLOSE = '</think>';

/** Cuts text into blocks of text and thinking as it comes. */
class Blocks {
  #rest = '';
  #index = 0;
  #isThinking = false;

  push(text: string): MessageDelta[] {
    const deltas: MessageDelta[] = [];
    this.#rest += text;
    for (;;) {
      const tag = this.#isThinking ? CLOSE : OPEN;
      const found = this.#rest.indexOf(tag);
      const ready = found === -1 ? this.#rest.length - unfinishedTag(this.#rest, tag) : found;
      deltas.push(...this.#delta(this.#rest.slice(0, ready)));
      if (found === -1) {
        this.#rest = this.#rest.slice(ready);
        return deltas;
      }
      this.#rest = this.#rest.slice(found + tag.length);
      this.#isThinking = !this.#isThinking;
      this.#index++;
    }
  }

  flush(): MessageDelta[] {
    const deltas = this.#delta(this.#rest);
    this.#rest = '';
    return deltas;
  }

  #delta(text: string): MessageDelta[] {
    if (text === '') return [];
    const index = this.#index;
    return [this.#isThinking ? { type: 'thinking', thinking: text, index } : { type: 'text', text, index }];
  }
}

/** Length of the end of a text that may become a tag. */
function unfinishedTag(text: string, tag: string): number {
  for (let length = Math.min(text.length, tag.length - 1); length > 0; length--)
    if (text.endsWith(tag.slice(0, length))) return length;
  return 0;
}
