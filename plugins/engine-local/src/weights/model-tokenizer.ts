/** The tokenizer of a model, wherever the model is. Knows nothing of weights. */
import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { createTokenizer, loadTokenizer, type Tokenizer } from '@tinsmith/tokenizers';
import { withGguf } from './gguf/gguf-model.js';
import { tokenizerOfGguf } from './gguf/gguf-tokenizer.js';
import { isGgufFile } from './model-source.js';

/**
 * Of a GGUF file: tokenizer.json beside it, or else what its metadata says.
 * @throws {Error} if there is none; TOKENIZER_UNSUPPORTED if the one in the metadata cannot be used.
 */
export async function loadModelTokenizer(path: string): Promise<Tokenizer> {
  const folder = tokenizerFolder(path);
  if (folder !== undefined) return loadTokenizer(folder);
  const { tokenizer, config } = withGguf(path, tokenizerOfGguf);
  return createTokenizer(tokenizer, config);
}

/** Whether there is anything to try: false for a folder without tokenizer.json. */
export const hasTokenizer = (path: string): boolean =>
  isGgufFile(path) || existsSync(join(path, 'tokenizer.json'));

/** The folder whose tokenizer.json holds; undefined for a GGUF file that has none beside it. */
export function tokenizerFolder(path: string): string | undefined {
  if (!isGgufFile(path)) return path;
  const folder = dirname(path);
  return existsSync(join(folder, 'tokenizer.json')) ? folder : undefined;
}
