/** Rows for tests that need no files: the real row source over files that the test writes. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestDirectory } from '@tinsmith/testkit';
import { onTestFinished } from 'vitest';

/** A new folder, removed when the test ends. */
export const newFolder = (): string => {
  const directory = new TestDirectory();
  onTestFinished(() => directory.remove());
  return directory.path;
};

/** Writes rows as JSON lines into the folder and returns the file. */
export function jsonLines(folder: string, rows: readonly object[]): string {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'rows.jsonl');
  writeFileSync(file, rows.map(row => JSON.stringify(row)).join('\n'));
  return file;
}

/** Problems with one digit as the answer, as GSM8K writes them. */
export const digits = (count: number): readonly object[] =>
  Array.from({ length: count }, (_, i) => ({ question: `say ${i % 10}`, answer: `#### ${i % 10}` }));
