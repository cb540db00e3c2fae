/** Progress of downloads as occasional lines, for programs without a display of their own. Knows no terminal. */
import type { HubProgress } from './settings.js';

/** Milliseconds between two lines about a file. */
const BETWEEN_LINES = 5000;

/**
 * An `onProgress` that prints a line when a download of more than a megabyte begins, one every few seconds while it goes on, one when
 * it ends. Small files are not worth a line.
 */
export function progressLines(
  print: (line: string) => void,
  now: () => number = () => performance.now(),
): (progress: HubProgress) => void {
  const printedAt = new Map<string, number>();
  return ({ repo, file, receivedBytes, totalBytes, state }) => {
    if (totalBytes < 1e6) return;
    const name = `${repo} ${file}`;
    const last = printedAt.get(name);
    if (state === 'done') {
      printedAt.delete(name);
      if (last !== undefined) print(`${name}: downloaded, ${megabytes(totalBytes)} MB`);
      return;
    }
    if (last !== undefined && now() - last < BETWEEN_LINES) return;
    printedAt.set(name, now());
    print(
      state === 'waiting'
        ? `${name}: waiting for another process that downloads it`
        : `${name}: ${megabytes(receivedBytes)} of ${megabytes(totalBytes)} MB`,
    );
  };
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(0);
