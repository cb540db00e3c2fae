/** The prompt and the texts to ask about, read before anything is spent. */
import { readFile } from 'node:fs/promises';
import { messageOf, originOf, type RowSource, TinsmithError } from '@tinsmith/core';

/** @param at the option or flag that names the file */
export async function readPrompt(file: string, at: string): Promise<string> {
  const prompt = (await readText(file, 'prompt', at)).trim();
  if (prompt !== '') return prompt;
  throw new TinsmithError({
    code: 'PROMPT_EMPTY',
    message: 'there is nothing in the file of the prompt',
    at,
    found: file,
    fix: 'write down what the teacher is to do; {text} marks where the text goes',
  });
}

export interface TextSource {
  /** A file of lines (.txt), or rows: a file, a folder, a hub id. */
  readonly input: string;
  /** Of a row. */
  readonly inputField: string;
}

export interface Texts {
  /** Without white space around them, each once, in order. */
  readonly texts: readonly string[];
  readonly duplicates: number;
}

/**
 * @param at the option or flag that names the file
 * @throws INPUT_EMPTY, INPUT_INVALID for a row without the field, FILE_UNREADABLE, and the errors of the row source
 */
export async function readTexts(
  { input, inputField }: TextSource,
  rows: RowSource | undefined,
  at: string,
): Promise<Texts> {
  const found = input.endsWith('.txt')
    ? (await readText(input, 'texts', at)).split(/\r?\n/)
    : await readRows({ input, inputField }, rows, at);
  const filled = found.map(text => text.trim()).filter(text => text !== '');
  if (filled.length > 0) {
    const texts = [...new Set(filled)];
    return { texts, duplicates: filled.length - texts.length };
  }
  throw new TinsmithError({
    code: 'INPUT_EMPTY',
    message: 'there is no text to ask about',
    at,
    found: `${input}: ${found.length === 0 ? 'no rows' : `${found.length} without text`}`,
    fix: 'a text per line',
  });
}

async function readRows(
  { input, inputField }: TextSource,
  rows: RowSource | undefined,
  at: string,
): Promise<string[]> {
  if (!rows)
    throw new TinsmithError({
      code: 'ROW_SOURCE_MISSING',
      message: 'no plugin of the config reads data sets',
      at,
      found: input,
      fix: 'a .txt file with a text per line, or @tinsmith/datasets-hub in `plugins`',
    });
  const texts: string[] = [];
  for await (const row of await rows.open({ source: input })) {
    const text = row[inputField];
    if (typeof text !== 'string')
      throw new TinsmithError({
        code: 'INPUT_INVALID',
        message: `the field ${inputField} must be a text`,
        at: originOf(row) ?? input,
        found: text === undefined ? `the fields ${Object.keys(row).join(', ')}` : typeof text,
        fix: 'inputField: the field with the text',
      });
    texts.push(text);
  }
  return texts;
}

async function readText(file: string, what: string, at: string): Promise<string> {
  let bytes: Uint8Array;
  try {
    bytes = await readFile(file);
  } catch (cause) {
    throw new TinsmithError({
      code: 'FILE_UNREADABLE',
      message: `the file of the ${what} cannot be read`,
      at,
      found: messageOf(cause),
      fix: 'the path of a file of text',
      cause,
    });
  }
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes); // takes a byte order mark off
  } catch (cause) {
    throw new TinsmithError({
      code: 'FILE_UNREADABLE',
      message: `the file of the ${what} is no text in UTF-8`,
      at,
      found: file,
      fix: 'save it as UTF-8',
      cause,
    });
  }
}
