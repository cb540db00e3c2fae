/** The toy engine's tokenizer: one token per character of a small alphabet, two control tokens in front. */
import type { Tokenizer } from '@tinsmith/core';

const CONTROL = ['<|im_start|>', '<|im_end|>'];
const ALPHABET = ' \n0123456789+-*/=?.,!:()abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ';

/** Characters outside its alphabet become a space. */
export const toyTokenizer: Tokenizer = {
  vocabSize: CONTROL.length + ALPHABET.length,
  bosTokenId: undefined,
  eosTokenId: 1,
  encode: text => Array.from(text, character => CONTROL.length + Math.max(ALPHABET.indexOf(character), 0)),
  decode: tokens => tokens.map(token => CONTROL[token] ?? ALPHABET[token - CONTROL.length] ?? '').join(''),
  tokenId: piece => {
    const index = CONTROL.indexOf(piece);
    return index < 0 ? undefined : index;
  },
};
