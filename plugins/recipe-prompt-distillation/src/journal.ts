/**
 * Every answer of a teacher, a line each, in the order in which they came: what a call that was killed has got is not asked for
 * again. Lines are only ever added. Knows nothing about what of an answer is kept.
 */
import { openLines, readIfThere } from './data-file.js';
import type { TeacherAnswer } from './question.js';

export interface JournalEntry extends TeacherAnswer {
  /** Stands for all that the answer depends on. */
  readonly id: string;
  /** For people. */
  readonly text: string;
}

export interface Journal {
  readonly file: string;
  find(id: string): TeacherAnswer | undefined;
  /** In the file when it resolves. */
  add(entry: JournalEntry): Promise<void>;
  close(): Promise<void>;
}

/** Lines that a kill cut short are passed over. The caller closes it. */
export async function openJournal(file: string): Promise<Journal> {
  const text = (await readIfThere(file)) ?? '';
  const entries = text.split('\n').flatMap(line => readEntry(line) ?? []);
  const known = new Map(entries.map(entry => [entry.id, entry]));
  const lines = await openLines(file, text !== '' && !text.endsWith('\n'));
  return {
    file,
    find: id => known.get(id),
    async add(entry) {
      await lines.append(JSON.stringify(entry));
      known.set(entry.id, entry);
    },
    close: () => lines.close(),
  };
}

function readEntry(line: string): JournalEntry | undefined {
  let entry: Partial<JournalEntry> | null;
  try {
    entry = JSON.parse(line) as Partial<JournalEntry> | null;
  } catch {
    return undefined;
  }
  const { id, text, answer, isCut } = entry ?? {};
  const isWhole = [id, text, answer].every(each => typeof each === 'string') && typeof isCut === 'boolean';
  return isWhole ? (entry as JournalEntry) : undefined;
}
