/** SHA-256 of a file. */
import { createHash } from 'node:crypto';
import { closeSync, openSync, readSync } from 'node:fs';

/**
 * Read in parts: a file of weights may be larger than a buffer can be.
 * @param end bytes of the file to hash. Default: all.
 */
export function hashFile(path: string, end = Infinity): string {
  const hash = createHash('sha256');
  const part = Buffer.alloc(2 ** 20);
  const file = openSync(path, 'r');
  try {
    for (let done = 0; done < end;) {
      const count = readSync(file, part, 0, Math.min(part.length, end - done), done);
      if (count === 0) break;
      hash.update(part.subarray(0, count));
      done += count;
    }
  } finally {
    closeSync(file);
  }
  return hash.digest('hex');
}
