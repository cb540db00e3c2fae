/** What npm users would get: every package packed as a release packs it. */
import { execFile } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export interface Tarball {
  /** `tinsmith-core-1.0.0.tgz`. */
  readonly file: string;
  readonly data: Uint8Array<ArrayBuffer>;
}

/** Packs what is in the folders and in their `dist`: build first. */
export async function packWorkspace(root: string): Promise<readonly Tarball[]> {
  const folder = mkdtempSync(join(tmpdir(), 'tinsmith-pack-'));
  try {
    const filters = ['--filter', './packages/*', '--filter', './plugins/*'];
    await promisify(execFile)('pnpm', ['--recursive', ...filters, 'pack', '--pack-destination', folder], {
      cwd: root,
    });
    return readdirSync(folder)
      .toSorted()
      .map(file => ({ file, data: new Uint8Array(readFileSync(join(folder, file))) }));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
