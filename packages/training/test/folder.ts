/** A run folder on the disk, removed when the test ends. */
import {
  appendFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import type { RunDirectory } from '@tinsmith/core';
import { onTestFinished } from 'vitest';

export function runFolder(): RunDirectory {
  const path = mkdtempSync(join(tmpdir(), 'tinsmith-training-'));
  onTestFinished(() => rmSync(path, { recursive: true, force: true }));
  const place = (file: string) => {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    return join(path, file);
  };
  return {
    path,
    append: async (file, line) => appendFileSync(place(file), `${line}\n`),
    read: async file => (existsSync(join(path, file)) ? readFileSync(join(path, file), 'utf8') : undefined),
    write: async (file, content) => writeFileSync(place(file), content),
    sync: async () => {},
  };
}
