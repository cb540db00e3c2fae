export { loadTokenizer } from './load-folder.js';
export { createTokenizer, type Tokenizer } from './tokenizer.js';
