export { loadTokenizer } from './load-folder.js';
export { createStreamDecoder, type StreamDecoder, type StreamDecoderOptions } from './stream-decoder.js';
export { createTokenizer, type EncodeOptions, type Tokenizer } from './tokenizer.js';
