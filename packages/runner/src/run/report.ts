/**
 * What a run has to say besides its metrics: problems and warnings to the terminal and to logs.log, lines
 * of the recipe to logs.log alone. The same problem of the same plugin is shown once; the log has them all.
 */
import { inspect } from 'node:util';
import { formatError, messageOf, type RunDirectory, type TinsmithError } from '@tinsmith/core';

export interface Output {
  /** A line of result. */
  out(text: string): void;
  /** Problems and warnings. */
  error(text: string): void;
}

/** An output that never shows a secret. */
export const redacted = (output: Output, redact: (text: string) => string): Output => ({
  out: text => output.out(redact(text)),
  error: text => output.error(redact(text)),
});

export const logFile = 'logs.log';

export class RunReport {
  readonly #output: Output;
  readonly #shown = new Set<string>();
  #directory: RunDirectory | undefined;

  constructor(output: Output) {
    this.#output = output;
  }

  /** From now on lines are kept in the folder's log, which begins with the command line. */
  openLog(directory: RunDirectory, commandLine: string): void {
    this.#directory = directory;
    this.#append(commandLine);
  }

  log(line: string): void {
    this.#append(`${new Date().toISOString()} ${line}`);
  }

  warn(text: string): void {
    this.#output.error(`warning  ${text}`);
    this.log(`warning  ${text}`);
  }

  /** For people who wait, and not for the log. */
  note(text: string): void {
    this.#output.error(text);
  }

  /** Something failed and the run goes on. */
  problem(problem: TinsmithError): void {
    const key = `${problem.code} ${problem.plugin}`;
    if (!this.#shown.has(key)) this.#output.error(formatError(problem));
    this.#shown.add(key);
    this.failure(problem);
  }

  /** The whole error with its stack, for the log alone. */
  failure(error: unknown): void {
    this.log(inspect(error));
  }

  #append(text: string): void {
    this.#directory?.append(logFile, text).catch((error: unknown) => {
      if (!this.#shown.has(logFile))
        this.#output.error(`warning  ${logFile} cannot be written: ${messageOf(error)}`);
      this.#shown.add(logFile);
    });
  }
}
