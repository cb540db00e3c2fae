/**
 * What a checkpoint keeps of its base model, to refuse another one later. Made of what the files hold and of nothing that this
 * package makes of it: a later version, with other types, has to come to the same hash.
 */
import { createHash } from 'node:crypto';
import type { ModelDescription } from './model-folder.js';
import type { FloatTensors } from './safetensors.js';

/**
 * SHA-256 of the description's hash, then of each tensor in the order of the names: its name and its values as float32,
 * little-endian. Of the weights in memory, not of their file, which may have been replaced since.
 */
export function modelHash(
  { descriptionHash }: Pick<ModelDescription, 'descriptionHash'>,
  weights: FloatTensors,
): string {
  const hash = createHash('sha256').update(descriptionHash);
  for (const name of [...weights.keys()].toSorted()) hash.update(name).update(weights.get(name)!.data);
  return hash.digest('hex');
}
