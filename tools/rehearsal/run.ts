/** Commands of the rehearsal: what they print is shown only when they fail. */
import { spawnSync } from 'node:child_process';

export interface RunOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Default 0. */
  readonly exitCode?: number;
}

/** Returns what was printed. Throws, with the output, on another exit code than the expected one. */
export function run(
  command: string,
  args: readonly string[],
  { cwd, env, exitCode = 0 }: RunOptions,
): string {
  const { status, stdout, stderr, error } = spawnSync(command, args, { cwd, env, encoding: 'utf8' });
  if (error) throw error;
  if (status === exitCode) return stdout + stderr;
  throw new Error(
    `${command} ${args.join(' ')} ended with ${status} instead of ${exitCode}:\n${stdout}${stderr}`,
  );
}

export function check(claim: string, holds: boolean, found: unknown = ''): void {
  if (!holds) throw new Error(`not so: ${claim}\n${String(found)}`);
  process.stdout.write(`  ok  ${claim}\n`);
}
