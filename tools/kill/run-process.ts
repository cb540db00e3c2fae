/** One attempt of a run: the real command in a process of its own, killed with SIGKILL or left to end. */
import { spawn } from 'node:child_process';
import { type FSWatcher, mkdirSync, watch } from 'node:fs';
import { fileURLToPath } from 'node:url';

const command = fileURLToPath(new URL('../../packages/runner/bin/tinsmith.js', import.meta.url));

export interface Attempt {
  /** After `tinsmith run`. */
  readonly args: readonly string[];
  /** The run folder. */
  readonly folder: string;
  /** When to kill; none: let it end. */
  readonly moment?: Moment;
}

export type Moment =
  /** So long after the start. */
  | { readonly kind: 'time'; readonly milliseconds: number }
  /** So long after a file of a checkpoint, or the list of checkpoints, begins to be written for the n-th time. */
  | { readonly kind: 'save'; readonly nth: number; readonly milliseconds: number };

export interface AttemptEnd {
  readonly isKilled: boolean;
  readonly milliseconds: number;
}

/** Rejects with what the command printed if it failed by itself. */
export async function attempt({ args, folder, moment }: Attempt): Promise<AttemptEnd> {
  mkdirSync(folder, { recursive: true }); // what is watched must be there; an empty folder counts as none
  const started = performance.now();
  const child = spawn(process.execPath, [command, 'run', ...args, `log_path=${folder}`, 'if_exists=resume'], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));

  let timer: NodeJS.Timeout | undefined;
  let watcher: FSWatcher | undefined;
  const kill = (milliseconds: number) => {
    timer ??= setTimeout(() => child.kill('SIGKILL'), milliseconds);
  };
  if (moment?.kind === 'time') kill(moment.milliseconds);
  if (moment?.kind === 'save') {
    let seen = 0;
    watcher = watch(folder, { recursive: true }, (_, file) => {
      if (file?.startsWith('checkpoints') && ++seen >= moment.nth) kill(moment.milliseconds);
    });
  }
  const { code, signal } = await new Promise<{ code: number | null; signal: string | null }>(resolve =>
    child.on('close', (exit, by) => resolve({ code: exit, signal: by })),
  );
  clearTimeout(timer);
  watcher?.close();
  if (signal !== 'SIGKILL' && code !== 0) throw new Error(`the command ended with ${code}:\n${output}`);
  return { isKilled: signal === 'SIGKILL', milliseconds: performance.now() - started };
}
