/**
 * A copy of what a release looks at: manifests, changesets and version files, in a git repository of its own, in a
 * temporary folder. `changeset version` can be tried in it.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Package, packagesOf } from '../source/packages.ts';

export class WorkspaceCopy {
  readonly #root: string;
  readonly #folder = mkdtempSync(join(tmpdir(), 'tinsmith-release-'));

  constructor(root: string) {
    this.#root = root;
    const parts = ['package.json', 'pnpm-workspace.yaml', '.changeset', 'tools/release/sync-versions.mjs'];
    for (const { folder } of packagesOf(root)) {
      const inside = folder.slice(root.length + 1);
      parts.push(`${inside}/package.json`, `${inside}/CHANGELOG.md`, `${inside}/src/version.ts`);
    }
    for (const part of parts) {
      if (existsSync(join(root, part)))
        cpSync(join(root, part), join(this.#folder, part), { recursive: true });
    }
    const git = (...args: string[]) =>
      execFileSync('git', ['-c', 'user.name=rehearsal', '-c', 'user.email=rehearsal@localhost', ...args], {
        cwd: this.#folder,
      });
    git('init', '--quiet');
    git('add', '--all');
    git('commit', '--quiet', '--message', 'Before the release');
  }

  get packages(): readonly Package[] {
    return packagesOf(this.#folder);
  }

  /** In place of the changesets that are there. Bumps by package name. */
  setChangeset(bumps: Readonly<Record<string, 'major' | 'minor' | 'patch'>>): void {
    const folder = join(this.#folder, '.changeset');
    for (const file of readdirSync(folder)) if (file.endsWith('.md')) rmSync(join(folder, file));
    const lines = Object.entries(bumps).map(([name, bump]) => `'${name}': ${bump}\n`);
    writeFileSync(join(folder, 'rehearsal.md'), `---\n${lines.join('')}---\n\nA rehearsal.\n`);
  }

  /** As `npm run version-packages`. */
  version(...args: string[]): void {
    const changeset = join(this.#root, 'node_modules', '@changesets', 'cli', 'bin.js');
    execFileSync(process.execPath, [changeset, 'version', ...args], { cwd: this.#folder, stdio: 'pipe' });
    execFileSync(process.execPath, ['tools/release/sync-versions.mjs'], { cwd: this.#folder, stdio: 'pipe' });
  }

  /** The version that src/version.ts states; undefined if it states none. */
  statedVersion({ folder }: Package): string | undefined {
    const file = join(folder, 'src', 'version.ts');
    if (!existsSync(file)) return undefined;
    return /export const version = '([^']*)'/.exec(readFileSync(file, 'utf8'))?.[1];
  }

  remove(): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }

  get folder(): string {
    return this.#folder;
  }
}
