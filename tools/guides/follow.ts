/** Does what a guide says, in a folder. `cd` is done here; how commands are run is up to the caller. */
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Step } from './steps.ts';

export interface Done {
  /** The command line; undefined for a file. */
  readonly command: string | undefined;
  readonly output: string;
}

/** Rejects as soon as `run` does, or when the guide leaves the folder. */
export async function follow(
  steps: readonly Step[],
  folder: string,
  run: (command: readonly string[], cwd: string) => Promise<string>,
): Promise<readonly Done[]> {
  const done: Done[] = [];
  let cwd = folder;
  for (const step of steps) {
    if ('file' in step) {
      mkdirSync(dirname(join(cwd, step.file)), { recursive: true });
      writeFileSync(join(cwd, step.file), step.content);
      done.push({ command: undefined, output: '' });
      continue;
    }
    const [name, where = ''] = step.command;
    if (name === 'cd') {
      cwd = join(cwd, where);
      if (!cwd.startsWith(folder) || !existsSync(cwd))
        throw new Error(`the guide goes to ${where}, which is not there`);
    }
    const output = name === 'cd' ? '' : await run(step.command, cwd);
    done.push({ command: step.command.join(' '), output });
  }
  return done;
}
