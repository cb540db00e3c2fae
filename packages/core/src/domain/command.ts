/** Subcommands that plugins add: `tinsmith NAME ...`. */
import { named } from '../token.js';

export interface CommandContext {
  /** What stood after the command's name, without the `--config FILE` that the runner took. */
  readonly arguments: readonly string[];
  /** Absolute: what relative paths in the arguments are relative to. */
  readonly cwd: string;
  /** Prints a line of result. */
  readonly print: (line: string) => void;
  /** Prints a warning or a note about what is going on. */
  readonly warn: (line: string) => void;
  /** Aborted by Ctrl-C. */
  readonly signal: AbortSignal;
}

/**
 * A plugin's values that need a run folder get the one of the flag `--run FOLDER`, else the first argument that is one, else the
 * working folder.
 */
export interface Command {
  readonly specification: 'v1';
  /** One line for lists of commands. */
  readonly description: string;
  /** How it is called, for `tinsmith NAME --help`: arguments and flags, a line each. */
  readonly usage?: string;
  /** Returns the exit code; nothing is 0. Throw a TinsmithError for bad input: it is shown, with exit code 2. */
  run(context: CommandContext): Promise<number | void>;
}

/** Subcommands, by the name that is typed after `tinsmith`. */
export const Commands = named<Command>('command');
