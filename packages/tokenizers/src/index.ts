export { loadTokenizer, type LoadOptions } from './load-tokenizer.js';
export { tokenizerFiles } from './read-folder.js';
export { createStreamDecoder, type StreamDecoder, type StreamDecoderOptions } from './stream-decoder.js';
export { createTokenizer, type EncodeOptions, type Tokenizer } from './tokenizer.js';
