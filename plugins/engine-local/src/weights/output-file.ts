/** A new file that is written from front to back, hashed, and on disk when it is finished. Knows nothing of formats. */
import { createHash } from 'node:crypto';
import { closeSync, fsyncSync, openSync, writeSync } from 'node:fs';

export interface OutputFile {
  readonly append: (bytes: Uint8Array) => void;
  /** Waits until everything is on disk. @returns the SHA-256 of the file, in hexadecimal. */
  readonly finish: () => string;
  /** Safe to call at any time, also twice. */
  readonly close: () => void;
}

/** @throws {Error} EEXIST if there is such a file already. */
export function createOutputFile(path: string): OutputFile {
  const hash = createHash('sha256');
  const file = openSync(path, 'wx');
  let isOpen = true;
  return {
    append(bytes) {
      hash.update(bytes);
      for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
    },
    finish() {
      fsyncSync(file);
      return hash.digest('hex');
    },
    close() {
      if (isOpen) closeSync(file);
      isOpen = false;
    },
  };
}

/** A tensor that a file will hold. */
export interface PlannedTensor<Type extends string> {
  readonly name: string;
  readonly shape: readonly number[];
  readonly type: Type;
}

/** Writes tensors in the order in which they were planned, so that only one has to be in memory. */
export interface TensorWriter {
  /** @throws {Error} if there is no tensor left in the plan, or if it has another size. */
  readonly append: (data: Float32Array) => void;
  /** Waits until everything is on disk. @returns the SHA-256 of the file, in hexadecimal. */
  readonly finish: () => string;
  readonly close: () => void;
}
