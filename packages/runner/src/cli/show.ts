/** What the command says on the terminal: blocks for problems, never a stack. */
import { formatError, messageOf, problemsOf } from '@tinsmith/core';
import type { RunOutcome } from '../run/execute.js';
import { logFile, type Output } from '../run/report.js';
import { join } from 'node:path';

export const terminal: Output = {
  out: text => void process.stdout.write(`${text}\n`),
  error: text => void process.stderr.write(`${text}\n`),
};

export const exitCodes = { done: 0, failed: 1, badInput: 2, interrupted: 130 } as const;

/** Shows what was thrown before a run began and returns the exit code. */
export function showThrown(error: unknown, output: Output): number {
  const problems = problemsOf(error);
  for (const problem of problems) output.error(formatError(problem));
  if (problems.some(({ code }) => code === 'RUN_INTERRUPTED')) return exitCodes.interrupted;
  if (problems.length > 0) return exitCodes.badInput;
  output.error(`error UNEXPECTED   ${messageOf(error)}`);
  if (process.env['TINSMITH_DEBUG']) output.error(String((error as Error).stack));
  else output.error('  try    TINSMITH_DEBUG=1 for the stack; this is a defect of tinsmith or of a plugin');
  return exitCodes.failed;
}

interface OutcomeCircumstances {
  readonly interrupted: boolean;
  /** What a user types to call us again: `npx tinsmith`. */
  readonly command: string;
  readonly output: Output;
}

/** Shows how a run ended and returns the exit code. */
export function showOutcome(
  result: RunOutcome,
  { interrupted, command, output }: OutcomeCircumstances,
): number {
  const { outcome, reason, error, logPath, endProblems } = result;
  if (outcome === 'failed') {
    const problems = problemsOf(error);
    for (const problem of problems) output.error(formatError(problem));
    if (problems.length === 0) output.error(`error RUN_FAILED   ${messageOf(error)}`);
  }
  for (const problem of endProblems) output.error(formatError(problem));
  if (outcome === 'failed' || endProblems.length > 0) output.error(`  log    ${join(logPath, logFile)}`);
  if (outcome === 'failed' || interrupted) output.error(`  go on  ${resumeCommand(command, logPath)}`);
  if (outcome !== 'failed')
    output.out(`${outcome === 'completed' ? 'done' : `stopped (${reason})`}   ${logPath}`);
  if (outcome === 'failed' || endProblems.length > 0) return exitCodes.failed;
  return interrupted ? exitCodes.interrupted : exitCodes.done;
}

function resumeCommand(command: string, logPath: string): string {
  const folder = shellQuoted(logPath);
  return `${command} run --config ${shellQuoted(join(logPath, 'config.json'))} --log-path ${folder} --if-exists resume`;
}

const shellQuoted = (text: string) =>
  /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replaceAll("'", String.raw`'\''`)}'`;

/** A command line that a shell would read as it was given. */
export const shellLine = (words: readonly string[]) => words.map(shellQuoted).join(' ');
