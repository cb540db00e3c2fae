/** A terminal for tests: understands what is written to it well enough to say what a reader would see. */
import type { Output } from '@tinsmith/terminal';

export class Screen implements Output {
  readonly isTTY: boolean;
  columns = 100;
  writable = true;
  /** Everything that was written, escapes included. */
  raw = '';
  readonly #errorListeners = new Set<(error: Error) => void>();

  constructor(isTTY = true) {
    this.isTTY = isTTY;
  }

  write = (text: string): boolean => {
    this.raw += text;
    return true;
  };

  on(_: 'error', listener: (error: Error) => void): void {
    this.#errorListeners.add(listener);
  }

  off(_: 'error', listener: (error: Error) => void): void {
    this.#errorListeners.delete(listener);
  }

  /** As a stream does: without a listener the error ends the process. */
  fail(error: Error): void {
    this.writable = false;
    if (this.#errorListeners.size === 0) throw error;
    for (const listener of this.#errorListeners) listener(error);
  }

  get listeners(): number {
    return this.#errorListeners.size;
  }

  /** The visible lines, without colours. */
  get lines(): string[] {
    const lines = [''];
    const [plain = '', ...sequences] = this.raw.split('\u001B');
    typeOnto(lines, plain);
    for (const sequence of sequences) {
      const [whole, command] = /^\[[\d;]*([A-Za-z])/.exec(sequence)!;
      if (command === 'K') lines[lines.length - 1] = ''; // erases the line
      typeOnto(lines, sequence.slice(whole.length));
    }
    return lines;
  }
}

/** After a carriage return new text would stand over the old; here every writer erases the line first. */
function typeOnto(lines: string[], text: string): void {
  const [rest = '', ...newLines] = text.replaceAll('\r', '').split('\n');
  lines[lines.length - 1] += rest;
  lines.push(...newLines);
}
