/** What the repository offers to run: recipes of its packages by name, and its configs; and a run of them with the real command. */
import { execFile } from 'node:child_process';
import { globSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

export const root = join(import.meta.dirname, '..', '..');
const command = join(root, 'packages', 'runner', 'bin', 'tinsmith.js');

interface Manifest {
  readonly tinsmith?: {
    readonly recipes?: readonly string[];
    readonly aliases?: Readonly<Record<string, string>>;
  };
}

/** Recipes and their other names. */
export function recipeNames(): readonly string[] {
  return readdirSync(join(root, 'plugins'))
    .filter(name => name.startsWith('recipe-'))
    .flatMap(name => {
      const text = readFileSync(join(root, 'plugins', name, 'package.json'), 'utf8');
      const { recipes = [], aliases = {} } = (JSON.parse(text) as Manifest).tinsmith ?? {};
      return [...recipes, ...Object.keys(aliases)];
    })
    .toSorted();
}

/** Relative to the root. */
export const configFiles = (): readonly string[] =>
  globSync('configs/**/*.{yaml,ts}', { cwd: root }).toSorted();

/**
 * Runs the real command in a folder of its own.
 * @returns the number of rows of every metrics.jsonl in it, by path
 * @throws (rejects) with what the command printed, when it fails
 */
export async function rowsOfRun(args: readonly string[]): Promise<Readonly<Record<string, number>>> {
  const folder = mkdtempSync(join(tmpdir(), 'tinsmith-recipe-'));
  try {
    await promisify(execFile)(
      process.execPath,
      [command, 'run', ...args, `log_path=${join(folder, 'run')}`],
      {
        cwd: root,
        maxBuffer: 2 ** 26,
      },
    );
    const files = globSync('**/metrics.jsonl', { cwd: folder });
    const lines = (file: string) => readFileSync(join(folder, file), 'utf8').trimEnd().split('\n');
    return Object.fromEntries(files.toSorted().map(file => [file, lines(file).length]));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
