/**
 * Whether what was written, read back, is what was meant, up to the rounding of its type. Log-probabilities alone would not tell: an
 * adapter can change them less than sixteen or eight bits do.
 */
import { setImmediate } from 'node:timers/promises';
import { TinsmithError } from '@tinsmith/core';
import { describeModel, openWeights } from '../weights/model-source.js';
import { q8BlockSize } from '../weights/gguf/quantise.js';
import type { TensorTypeName } from '../weights/gguf/tensor-types.js';
import type { MergedModel } from './merged-model.js';

/**
 * Half a step of each type relative to the number itself, and the half step that the smallest numbers have. Q8_0: relative to the
 * largest of its block, with the scale's own rounding.
 */
const rounding: Readonly<
  Partial<Record<TensorTypeName, { readonly relative: number; readonly smallest: number }>>
> = {
  F32: { relative: 0, smallest: 0 },
  F16: { relative: 2 ** -11, smallest: 2 ** -25 },
  BF16: { relative: 2 ** -8, smallest: 2 ** -133 },
  Q8_0: { relative: (0.5 / 127) * 1.01 + 2 ** -11, smallest: 127 * 2 ** -25 },
};

/** @throws {TinsmithError} EXPORT_MISMATCH */
export async function checkWeights(path: string, merged: MergedModel): Promise<void> {
  const written = openWeights(path, describeModel(path).config);
  try {
    for (const name of merged.shapes.keys()) {
      const type = written.typeOf(name);
      const { relative, smallest } = rounding[type]!; // no other type is written
      const wanted = merged.read(name).data;
      const found = written.read(name).data;
      const allowed = type === 'Q8_0' ? blockMaxima(wanted) : wanted;
      const wrong = wanted.findIndex(
        (value, i) => !(Math.abs(found[i]! - value) <= relative * Math.abs(allowed[i]!) + smallest),
      );
      if (wrong >= 0 || found.length !== wanted.length)
        throw new TinsmithError({
          code: 'EXPORT_MISMATCH',
          message: `tensor "${name}" does not read back as it was meant`,
          at: path,
          found: `${found[wrong]} for ${wanted[wrong]} at element ${wrong}`,
          fix: 'nothing was kept: check the disk, and report the model if it happens again',
        });
      await setImmediate();
    }
  } finally {
    written.close();
  }
}

/** For each element the largest magnitude of its block. */
function blockMaxima(values: Float32Array): Float32Array {
  const maxima = new Float32Array(values.length);
  for (let start = 0; start < values.length; start += q8BlockSize) {
    const end = start + q8BlockSize;
    const largest = values.subarray(start, end).reduce((most, value) => Math.max(most, Math.abs(value)), 0);
    maxima.fill(largest, start, end);
  }
  return maxima;
}
