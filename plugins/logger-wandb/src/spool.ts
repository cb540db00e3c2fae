/**
 * A file of lines that wait to be sent: appended to by the run, read from any line on by the sender. What a line means is
 * not known here.
 */
import { createReadStream } from 'node:fs';
import { stat, truncate } from 'node:fs/promises';
import { join } from 'node:path';
import type { RunDirectory } from '@tinsmith/core';

export interface ReadLimits {
  /** The first line alone may be longer. */
  readonly bytes: number;
  readonly lines: number;
}

export class Spool {
  readonly #directory: RunDirectory;
  readonly #file: string;
  #lines = 0;
  #bytes = 0;
  /** Where a line begins, so that reading on does not start at the beginning again. */
  #cursor = { line: 0, byte: 0 };

  private constructor(directory: RunDirectory, file: string) {
    this.#directory = directory;
    this.#file = file;
  }

  /** Cuts off a last line that a kill has torn. `onLine` sees each line that is there. */
  static async open(directory: RunDirectory, file: string, onLine?: (line: string) => void): Promise<Spool> {
    const spool = new Spool(directory, file);
    for await (const { text, bytes } of spool.#read(0)) {
      onLine?.(text);
      spool.#lines++;
      spool.#bytes += bytes;
    }
    if ((await sizeOf(spool.#path)) > spool.#bytes) await truncate(spool.#path, spool.#bytes);
    return spool;
  }

  /** How many lines there are. */
  get lines(): number {
    return this.#lines;
  }

  /** Each text becomes one line; it has no line break. Calls must not overlap. */
  async append(texts: readonly string[]): Promise<void> {
    if (texts.length === 0) return;
    await this.#directory.append(this.#file, texts.join('\n'));
    this.#lines += texts.length;
    // The directory may have taken secrets out: only the file knows how long the lines have become.
    this.#bytes = await sizeOf(this.#path);
  }

  /** Removes the lines from `line` on. */
  async cut(line: number): Promise<void> {
    if (line >= this.#lines) return;
    let bytes = 0;
    let seen = 0;
    for await (const part of this.#read(0)) {
      if (seen++ >= line) break;
      bytes += part.bytes;
    }
    await truncate(this.#path, bytes);
    this.#lines = line;
    this.#bytes = bytes;
    this.#cursor = { line: 0, byte: 0 };
  }

  /** Lines from `from` on, as many as there are within the limits. */
  async read(from: number, limits: ReadLimits): Promise<readonly string[]> {
    const start = this.#cursor.line <= from ? this.#cursor : { line: 0, byte: 0 };
    const end = this.#lines;
    const found: string[] = [];
    let { line, byte } = start;
    let size = 0;
    for await (const { text, bytes } of this.#read(start.byte)) {
      if (line >= end) break;
      if (line >= from) {
        if (found.length > 0 && (size + bytes > limits.bytes || found.length >= limits.lines)) break;
        if (found.length === 0) this.#cursor = { line, byte };
        found.push(text);
        size += bytes;
      }
      line++;
      byte += bytes;
    }
    return found;
  }

  /** What has been appended outlives a crash of the machine when this resolves. */
  sync(): Promise<void> {
    return this.#directory.sync(this.#file);
  }

  get #path(): string {
    return join(this.#directory.path, this.#file);
  }

  /** Whole lines from a byte on, each with its length in bytes, newline included. */
  async *#read(start: number): AsyncGenerator<{ text: string; bytes: number }> {
    if ((await sizeOf(this.#path)) <= start) return;
    const parts: Buffer[] = [];
    for await (const chunk of createReadStream(this.#path, { start })) {
      let rest = chunk as Buffer;
      for (let end = rest.indexOf(NEWLINE); end >= 0; end = rest.indexOf(NEWLINE)) {
        const line = Buffer.concat([...parts.splice(0), rest.subarray(0, end)]);
        yield { text: line.toString('utf8'), bytes: line.length + 1 };
        rest = rest.subarray(end + 1);
      }
      if (rest.length > 0) parts.push(rest);
    }
  }
}

const NEWLINE = 10;

const sizeOf = (path: string): Promise<number> =>
  stat(path).then(
    ({ size }) => size,
    () => 0, // no such file: nothing has been appended yet
  );
