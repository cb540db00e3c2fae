/** A run folder on the real disk, below the system's temporary folder. */
import {
  closeSync,
  fsyncSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
  appendFileSync,
  existsSync,
  mkdirSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import type { RunDirectory } from '@tinsmith/core';

/** A new empty folder. The caller removes it. */
export function temporaryFolder(): string {
  return mkdtempSync(join(tmpdir(), 'tinsmith-test-'));
}

export class TestDirectory implements RunDirectory {
  readonly path: string;

  constructor(path = temporaryFolder()) {
    this.path = path;
  }

  async append(file: string, line: string): Promise<void> {
    appendFileSync(this.#place(file), `${line}\n`);
  }

  async read(file: string): Promise<string | undefined> {
    const path = join(this.path, file);
    return existsSync(path) ? readFileSync(path, 'utf8') : undefined;
  }

  async write(file: string, content: string): Promise<void> {
    writeFileSync(this.#place(file), content);
  }

  async sync(file: string): Promise<void> {
    const path = join(this.path, file);
    if (!existsSync(path)) return;
    const descriptor = openSync(path, 'r+');
    try {
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
  }

  /** Every file with its content, by path relative to the folder. */
  files(): Record<string, string> {
    const entries = readdirSync(this.path, { recursive: true, withFileTypes: true }).filter(entry =>
      entry.isFile(),
    );
    const paths = entries.map(entry => join(entry.parentPath, entry.name)).toSorted();
    return Object.fromEntries(paths.map(path => [relative(this.path, path), readFileSync(path, 'utf8')]));
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  #place(file: string): string {
    const path = join(this.path, file);
    mkdirSync(dirname(path), { recursive: true });
    return path;
  }
}
