/**
 * Prompts that open a block of thoughts: what is sampled begins inside it. The opening is put back in front of a response that
 * closes the block; a response that was cut off before that stays text, as in the reference.
 */
import type { Decoder } from './format.js';
import type { Markup } from './markup.js';

export interface GivenBeginning {
  restore(tokens: readonly number[], decoder: Decoder): readonly number[];
  /** Whether later tokens can change nothing about what is put back. */
  isKnown(tokens: readonly number[], decoder: Decoder): boolean;
}

export function givenBeginning(beginning: Markup): GivenBeginning {
  return {
    restore(tokens, decoder) {
      const prefix = decoder.encode(beginning);
      const closes = tokens.includes(decoder.id('</think>'));
      return closes && !startsWith(tokens, prefix) ? [...prefix, ...tokens] : tokens;
    },
    isKnown: (tokens, decoder) =>
      tokens.includes(decoder.id('</think>')) || startsWith(tokens, decoder.encode(beginning)),
  };
}

const startsWith = (tokens: readonly number[], prefix: readonly number[]) =>
  prefix.every((token, index) => tokens[index] === token);
