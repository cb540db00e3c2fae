/** Commands of the rehearsal: what they print is shown only when they fail. */
import { spawn } from 'node:child_process';

export interface RunOptions {
  readonly cwd: string;
  readonly env: NodeJS.ProcessEnv;
  /** Default 0. */
  readonly exitCode?: number;
}

/**
 * Resolves to what was printed. Rejects, with the output, on another exit code than the expected one. Not
 * synchronous: the registry that the command talks to lives in this process.
 */
export async function run(
  command: string,
  args: readonly string[],
  { cwd, env, exitCode = 0 }: RunOptions,
): Promise<string> {
  const child = spawn(command, args, { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  let output = '';
  child.stdout.on('data', data => (output += String(data)));
  child.stderr.on('data', data => (output += String(data)));
  const status = await new Promise<number | null>((resolve, reject) => {
    child.on('error', reject);
    child.on('close', resolve);
  });
  if (status === exitCode) return output;
  throw new Error(`${command} ${args.join(' ')} ended with ${status} instead of ${exitCode}:\n${output}`);
}

export function check(claim: string, holds: boolean, found: unknown = ''): void {
  if (!holds) throw new Error(`not so: ${claim}\n${String(found)}`);
  process.stdout.write(`  ok  ${claim}\n`);
}
