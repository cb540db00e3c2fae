/**
 * A project of a user in a temporary folder, with the packages it would have installed, and the real
 * command run in it.
 */
import { execFile, fork, spawn, spawnSync, type ChildProcess } from 'node:child_process';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const runner = fileURLToPath(new URL('..', import.meta.url));
const command = join(runner, 'bin/tinsmith.js');
const zod = dirname(createRequire(join(runner, 'package.json')).resolve('zod/package.json'));

export interface CommandResult {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

export class Project implements Disposable {
  /** Absolute, without links. */
  readonly path: string;

  constructor(files: Readonly<Record<string, string>> = {}) {
    refuseStaleBuild();
    this.path = realpathSync(mkdtempSync(join(tmpdir(), 'tinsmith-project-')));
    this.link('@tinsmith/core', join(runner, '../core'));
    this.link('tinsmith', runner);
    this.link('zod', zod);
    this.write({ 'package.json': '{ "name": "a-project", "type": "module" }', ...files });
  }

  link(name: string, target: string): void {
    const place = join(this.path, 'node_modules', name);
    mkdirSync(dirname(place), { recursive: true });
    symlinkSync(target, place);
  }

  write(files: Readonly<Record<string, string>>): void {
    for (const [name, content] of Object.entries(files)) {
      const file = join(this.path, name);
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, content);
    }
  }

  remove(file: string): void {
    rmSync(join(this.path, file), { recursive: true, maxRetries: 5 }); // a run may be writing into it
  }

  read(file: string): string {
    return readFileSync(join(this.path, file), 'utf8');
  }

  has(file: string): boolean {
    return existsSync(join(this.path, file));
  }

  /** All files and folders below, without node_modules. */
  list(folder = '.'): readonly string[] {
    const below = (place: string): readonly string[] =>
      readdirSync(join(this.path, folder, place), { withFileTypes: true })
        .filter(({ name }) => name !== 'node_modules') // with links into the workspace, which has cycles of them
        .flatMap(entry => {
          const path = join(place, entry.name);
          return entry.isDirectory() ? [path, ...below(path)] : [path];
        });
    return below('').toSorted();
  }

  /**
   * Runs the command to its end, in a process that it shares with others: modules that were imported once stay as they
   * were. Paths of the project are shown as PROJECT.
   */
  async run(args: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
    const { cwd, env } = this.#spawnOptions(options);
    const { code, out, error } = await request({ args, cwd, env });
    return { code, out: this.#shown(out), error: this.#shown(error) };
  }

  /** The same in a process of its own: for signals, errors that nobody caught, and files that have changed. */
  runAlone(args: readonly string[], options: RunOptions = {}): Promise<CommandResult> {
    return new Promise(resolve => {
      execFile(process.execPath, [command, ...args], this.#spawnOptions(options), (error, out, err) => {
        const code = error ? (typeof error.code === 'number' ? error.code : null) : 0;
        resolve({ code, out: this.#shown(out), error: this.#shown(err) });
      });
    });
  }

  /** Starts the command and leaves it running. */
  start(args: readonly string[], options: RunOptions = {}): ChildProcess {
    return spawn(process.execPath, [command, ...args], {
      ...this.#spawnOptions(options),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }

  #spawnOptions({ cwd = '.', env = {}, uid }: RunOptions) {
    return {
      ...(uid !== undefined && { uid }),
      cwd: join(this.path, cwd),
      env: { PATH: process.env['PATH'], HOME: this.path, ...env },
    };
  }

  #shown(text: string): string {
    return text.replaceAll(this.path, 'PROJECT');
  }
}

/** Somebody who may not write everywhere, as root may; undefined where that is us. */
export const modestUser = process.getuid?.() === 0 ? 65_534 : undefined;

/** Whether that user can start the command, which depends on where this repository is. */
export const canBeModest =
  modestUser === undefined ||
  spawnSync(process.execPath, [command, '--version'], { uid: modestUser, cwd: '/' }).status === 0;

/** The shared process; it ends with this one, which it does not keep alive. */
let host: ChildProcess | undefined;
let queue: Promise<unknown> = Promise.resolve();

/** One request at a time: working directory and environment belong to the whole process. */
function request(message: object): Promise<CommandResult> {
  const answer = queue.then(() => {
    // Without vitest's own conditions: the command is the built one.
    host ??= fork(join(runner, 'test/host.mjs'), {
      execArgv: [],
      env: { PATH: process.env['PATH'] },
      stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    });
    const current = host;
    current.unref();
    current.channel?.unref();
    return new Promise<CommandResult>((resolve, reject) => {
      const onExit = () => {
        host = undefined;
        reject(new Error('the shared process ended; use runAlone'));
      };
      current.once('exit', onExit);
      current.once('message', result => {
        current.off('exit', onExit);
        resolve(result as CommandResult);
      });
      current.send(message);
    });
  });
  queue = answer.catch(() => {});
  return answer;
}

export interface RunOptions {
  readonly cwd?: string;
  /** Whom the command runs as; for processes of their own. */
  readonly uid?: number | undefined;
  readonly env?: Readonly<Record<string, string>>;
}

/** The command runs from dist: a stale build would be tested in place of the sources. */
function refuseStaleBuild(): void {
  for (const folder of [runner, join(runner, '../core')]) {
    const built = statSync(join(folder, 'dist/.tsbuildinfo'), { throwIfNoEntry: false })?.mtimeMs ?? 0;
    const sources = readdirSync(join(folder, 'src'), { recursive: true, encoding: 'utf8' });
    const newer = sources.filter(
      name =>
        name.endsWith('.ts') &&
        !/\.test(-d)?\.ts$/.test(name) &&
        statSync(join(folder, 'src', name)).mtimeMs > built,
    );
    if (newer.length > 0)
      throw new Error(`${newer.join(', ')} changed since the build: pnpm exec tsc -b packages/runner`);
  }
}

/** Resolves once `file` contains `text`. */
export async function untilContains(file: string, text: string): Promise<void> {
  while (!existsSync(file) || !readFileSync(file, 'utf8').includes(text)) {
    await new Promise(resolve => setTimeout(resolve, 5));
  }
}

/** What a child process has printed and its exit code. */
export async function ended(
  child: ChildProcess,
): Promise<CommandResult & { readonly signal: string | null }> {
  let out = '';
  let error = '';
  child.stdout?.on('data', (chunk: Buffer) => (out += chunk.toString()));
  child.stderr?.on('data', (chunk: Buffer) => (error += chunk.toString()));
  const [code, signal] = await new Promise<[number | null, string | null]>(resolve =>
    child.once('close', (exitCode, exitSignal) => resolve([exitCode, exitSignal])),
  );
  return { code, signal, out, error };
}
