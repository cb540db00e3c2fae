/** `tinsmith NAME ...` for a command that a plugin of the config adds. */
import { existsSync } from 'node:fs';
import { join, resolve } from 'node:path';
import {
  Commands,
  formatError,
  messageOf,
  nearest,
  problemsOf,
  throwProblems,
  TinsmithError,
  TinsmithErrors,
  type Command,
} from '@tinsmith/core';
import type { Kernel, Offer } from '@tinsmith/core/kernel';
import { findConfig } from '../config/find.js';
import { loadGraph } from '../explain/graph.js';
import { LocalRunDirectory } from '../folder/run-directory.js';
import { takeFlag } from './arguments.js';
import { commandUnknown } from './command-unknown.js';
import type { Shell } from './shell.js';
import { exitCodes } from './show.js';

/** Returns the exit code. Throws COMMAND_UNKNOWN, and the problems of the config that the command needs. */
export async function runPluginCommand(
  name: string,
  argv: readonly string[],
  builtIn: readonly string[],
  shell: Shell,
): Promise<number> {
  const { value: given, rest } = takeFlag(argv, 'config');
  const file = given ?? findConfig(shell.cwd);
  const unknown = (ofPlugins: readonly string[]) =>
    commandUnknown(name, { builtIn, ofPlugins, config: file }, shell.cwd);
  if (file === undefined) throw unknown([]);
  const isTypingMistake = given === undefined && nearest(name, builtIn) !== undefined;
  const graph = await loadGraph({ cwd: shell.cwd, file }, shell.secrets).catch((error: unknown) => {
    if (isTypingMistake) throw unknown([]);
    throw error;
  });
  const { kernel, problems, begin } = graph;
  try {
    const all = kernel.offers(Commands);
    const offer = all.find(candidate => candidate.name === name);
    if (!offer) {
      const problem = unknown(all.map(command => command.name ?? ''));
      // A mistyped command of our own is not answered with the problems of a config.
      throw isTypingMistake || problems.length === 0 ? problem : new TinsmithErrors([...problems, problem]);
    }
    throwProblems(problems);
    const directory = new LocalRunDirectory(folderOf(rest, shell.cwd), shell.secrets.redact);
    begin({ directory, tracker: { project: undefined, name } });
    return await callCommand(offer, kernel, rest, shell);
  } finally {
    await kernel.dispose();
  }
}

/** What engines take for the run folder: the one that the command is told about, so that its checkpoints are found. */
function folderOf(argv: readonly string[], cwd: string): string {
  const isRun = (word: string) => existsSync(join(resolve(cwd, word), 'checkpoints.jsonl'));
  return resolve(cwd, takeFlag(argv, 'run').value ?? argv.find(isRun) ?? '.');
}

/** Runs the command, or shows how it is called. Returns the exit code. */
export async function callCommand(
  { name = '', plugin }: Offer,
  kernel: Kernel,
  argv: readonly string[],
  { cwd, output }: Shell,
): Promise<number> {
  const command = await kernel.get(Commands, name);
  if (command.specification !== 'v1') throw unsupported(name, plugin, command);
  if (argv.includes('--help') || argv.includes('-h')) {
    output.out(usage(name, plugin, command));
    return exitCodes.done;
  }
  try {
    return await interruptible(async signal => {
      const context = {
        arguments: argv,
        cwd,
        print: (line: string) => output.out(line),
        warn: (line: string) => output.error(line),
        signal,
      };
      return (await command.run(context)) ?? exitCodes.done;
    });
  } catch (error) {
    if (problemsOf(error).length > 0) throw error;
    const failed = {
      code: 'COMMAND_FAILED',
      plugin,
      message: `the command "${name}" failed: ${messageOf(error)}`,
    };
    output.error(formatError(new TinsmithError(failed)));
    return exitCodes.failed;
  }
}

/** The first Ctrl-C aborts the signal, the second ends the process. Returns the exit code. */
export async function interruptible(work: (signal: AbortSignal) => Promise<number>): Promise<number> {
  const interrupt = new AbortController();
  const onSignal = () => {
    if (interrupt.signal.aborted) process.exit(exitCodes.interrupted);
    interrupt.abort(new Error('interrupted'));
  };
  process.on('SIGINT', onSignal);
  try {
    return await work(interrupt.signal);
  } catch (error) {
    if (interrupt.signal.aborted) return exitCodes.interrupted;
    throw error;
  } finally {
    process.off('SIGINT', onSignal);
  }
}

const unsupported = (name: string, plugin: string, { specification }: { readonly specification: unknown }) =>
  new TinsmithError({
    code: 'COMMAND_UNSUPPORTED',
    plugin,
    message: `the command "${name}" is made for another version of Tinsmith`,
    found: `specification ${String(specification)}; this version runs v1`,
    fix: `update tinsmith or ${plugin}`,
  });

const usage = (name: string, plugin: string, { description, usage: how }: Command): string =>
  [`${description} (tinsmith ${name}, ${plugin})`, ...(how === undefined ? [] : ['', how])].join('\n');
