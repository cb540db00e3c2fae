/**
 * Ctrl-C and SIGTERM: the first finishes the step, the second stops at once. Errors that nobody caught end
 * the run as a failure, with its log, instead of the process.
 */
import { exitCodes } from './show.js';
import type { Output } from '../run/report.js';

/** npm and npx pass on a signal that the terminal has sent to us already: one key press arrives twice. */
const sameKeyPressMilliseconds = 250;

export interface Interrupts {
  /** Aborted by the first signal. */
  readonly stop: AbortSignal;
  /** Aborted by the second one, and by an error that nobody caught. */
  readonly signal: AbortSignal;
}

export function listenForInterrupts(output: Output): Interrupts {
  const stop = new AbortController();
  const atOnce = new AbortController();
  let first: number | undefined;

  const interrupt = (name: NodeJS.Signals) => {
    const now = performance.now();
    if (first === undefined) {
      first = now;
      output.error(`${name}: the step that is running will be finished and saved; once more to stop at once`);
      stop.abort(`interrupted by ${name}`);
    } else if (now - first > sameKeyPressMilliseconds) {
      atOnce.abort(new Error(`interrupted by ${name}`));
      process.exit(exitCodes.interrupted);
    }
  };
  process.on('SIGINT', interrupt);
  process.on('SIGTERM', interrupt);
  process.on('uncaughtException', error => atOnce.abort(error)); // unhandled rejections arrive here too
  return { stop: stop.signal, signal: atOnce.signal };
}
