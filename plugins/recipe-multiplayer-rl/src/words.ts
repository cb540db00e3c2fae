/** The secret words: a file with one a line, in the Cookbook's order. */
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { messageOf, TinsmithError } from '@tinsmith/core';
import { PythonRandom } from '@tinsmith/training';

const MOST_TEST_WORDS = 100;

/** The last fifth, at most 100, is for evaluation. @throws WORDS_UNREADABLE */
export function splitWords(file: string | undefined): {
  readonly train: readonly string[];
  readonly test: readonly string[];
} {
  const words = readWords(file);
  new PythonRandom(0).shuffle(words);
  const size = words.length - Math.min(Math.floor(words.length / 5), MOST_TEST_WORDS);
  return { train: words.slice(0, size), test: words.slice(size) };
}

function readWords(file: string | undefined): string[] {
  const path = file ?? fileURLToPath(new URL('../data/nouns.txt', import.meta.url));
  try {
    const lines = readFileSync(path, 'utf8').split('\n');
    return lines.map(line => line.trim()).filter(line => line !== '');
  } catch (error) {
    throw new TinsmithError({
      code: 'WORDS_UNREADABLE',
      message: 'the file with the secret words cannot be read',
      at: 'recipe.with.words',
      found: messageOf(error),
      fix: 'the path of a text file with one word a line; without `words`, common nouns are taken',
      cause: error,
    });
  }
}
