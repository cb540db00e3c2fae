/** Reads a tokenizer from a folder in Hugging Face layout. Knows nothing of models or of how text is tokenized. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createTokenizer, type Tokenizer } from './tokenizer.js';

/** The files of a tokenizer, as models have them. Only `tokenizer.json` has to be there. */
export const tokenizerFiles: readonly string[] = [
  'tokenizer.json',
  'tokenizer_config.json',
  'chat_template.jinja',
];

/**
 * @param folder holds `tokenizer.json`; `tokenizer_config.json` if begin token, end token and chat template are to be known;
 * a `chat_template.jinja` goes before the template in there.
 * @throws {Error} if `tokenizer.json` is missing or either file is not JSON.
 */
export async function readTokenizerFolder(folder: string): Promise<Tokenizer> {
  const tokenizer = await readJson(join(folder, 'tokenizer.json'));
  if (tokenizer === undefined) throw new Error(`no tokenizer in ${folder}: there is no file tokenizer.json`);
  const config = (await readJson(join(folder, 'tokenizer_config.json'))) ?? {};
  const template = await readText(join(folder, 'chat_template.jinja'));
  return createTokenizer(tokenizer, template === undefined ? config : { ...config, chat_template: template });
}

async function readJson(file: string): Promise<unknown> {
  const text = await readText(file);
  if (text === undefined) return undefined;
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new Error(`${file} is not JSON`, { cause });
  }
}

async function readText(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined;
    throw error;
  }
}
