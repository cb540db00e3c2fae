/** Reads a tokenizer from a folder in Hugging Face layout. Knows nothing of models or of how text is tokenized. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTokenizer, type Tokenizer } from './tokenizer.js';

/**
 * @param folder holds `tokenizer.json`, and `tokenizer_config.json` if the begin and end tokens are to be known.
 * @throws {Error} if `tokenizer.json` is missing or either file is not JSON.
 */
export async function loadTokenizer(folder: string): Promise<Tokenizer> {
  const tokenizer = await readJson(join(folder, 'tokenizer.json'));
  if (tokenizer === undefined) throw new Error(`no tokenizer in ${folder}: there is no file tokenizer.json`);
  const config = (await readJson(join(folder, 'tokenizer_config.json'))) ?? {};
  return createTokenizer(tokenizer, config);
}

async function readJson(file: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${file} is not JSON`, { cause });
  }
}
