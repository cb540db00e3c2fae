/** One token per byte, and control tokens after them: for texts that the toy alphabet lacks. */
import type { Tokenizer } from '@tinsmith/core';

/** Ids below 256 are bytes, the special pieces follow. */
export function byteTokenizer(special: readonly string[] = ['<|im_start|>', '<|im_end|>']): Tokenizer {
  return {
    vocabSize: 256 + special.length,
    bosTokenId: undefined,
    eosTokenId: undefined,
    specialTokenIds: new Set(special.map((_, index) => 256 + index)),
    encode: text => [...Buffer.from(text)],
    decode: tokens => {
      const pieces = tokens.map(token => special[token - 256] ?? Buffer.of(token).toString('latin1'));
      return Buffer.from(pieces.join(''), 'latin1').toString('utf8');
    },
    tokenId: piece => {
      const index = special.indexOf(piece);
      return index < 0 ? undefined : 256 + index;
    },
  };
}
