/** Whether weights are numbers to compute with. */
import { TinsmithError } from '@tinsmith/core';

/** @throws {TinsmithError} TENSOR_NOT_FINITE */
export function checkFinite(name: string, data: Float32Array, at: string): void {
  let index = 0;
  while (index < data.length && Number.isFinite(data[index])) index++;
  if (index === data.length) return;
  throw new TinsmithError({
    code: 'TENSOR_NOT_FINITE',
    message: `tensor "${name}" holds what is no finite number`,
    at,
    found: `${data[index]} at element ${index} of ${data.length}`,
    fix: 'copy or download the file again; if training made it, go back to a checkpoint from before it diverged',
  });
}
