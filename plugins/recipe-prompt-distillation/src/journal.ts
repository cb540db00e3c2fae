/**
 * Every answer of a teacher, a line each, in the order in which they came, behind a line with the settings that all of them were
 * made with: what a call that was killed has got is not asked for again. Lines are only ever added. Knows nothing about what of an
 * answer is kept.
 */
import { openLines, readIfThere } from './data-file.js';
import type { TeacherAnswer } from './question.js';
import { refuseOtherSettings, refuseUnknownSettings, type Settings } from './settings.js';

export interface JournalEntry extends TeacherAnswer {
  /** Stands for all that the answer depends on. */
  readonly id: string;
  /** For people. */
  readonly text: string;
}

export interface Journal {
  readonly file: string;
  /** Answers, with those that nobody looks for any more. */
  readonly size: number;
  find(id: string): TeacherAnswer | undefined;
  /** In the file when it resolves. */
  add(entry: JournalEntry): Promise<void>;
  /** What was added outlives a crash of the machine when it resolves. */
  sync(): Promise<void>;
  close(): Promise<void>;
}

/**
 * Lines that a kill cut short are passed over. The caller closes it.
 * @param wayOut what to try if the settings are others
 * @throws DATA_SETTINGS_CHANGED, and the file is as it was
 */
export async function openJournal(file: string, settings: Settings, wayOut: string): Promise<Journal> {
  const text = (await readIfThere(file)) ?? '';
  const read = text.split('\n').map(readLine);
  const known = new Map(read.flatMap(({ entry }) => (entry ? [[entry.id, entry] as const] : [])));
  const found = read.flatMap(line => (line.settings ? [line.settings] : []));
  refuseOtherSettings(found, settings, { journal: file, wayOut });
  if (found.length === 0 && known.size > 0) refuseUnknownSettings({ journal: file, wayOut });

  const lines = await openLines(file, text !== '' && !text.endsWith('\n'));
  try {
    if (found.length === 0) await lines.append(JSON.stringify({ settings }));
  } catch (error) {
    await lines.close();
    throw error;
  }
  return {
    file,
    get size() {
      return known.size;
    },
    find: id => known.get(id),
    async add(entry) {
      await lines.append(JSON.stringify(entry));
      known.set(entry.id, entry);
    },
    sync: () => lines.sync(),
    close: () => lines.close(),
  };
}

interface Line {
  readonly entry?: JournalEntry;
  readonly settings?: Settings;
}

/** Neither: it was cut short. */
function readLine(line: string): Line {
  let found: (Partial<JournalEntry> & { readonly settings?: Settings }) | null;
  try {
    found = JSON.parse(line) as typeof found;
  } catch {
    return {};
  }
  const { id, text, answer, isCut, settings } = found ?? {};
  if (typeof settings === 'object' && settings !== null) return { settings };
  const isWhole = [id, text, answer].every(each => typeof each === 'string') && typeof isCut === 'boolean';
  return isWhole ? { entry: found as JournalEntry } : {};
}
