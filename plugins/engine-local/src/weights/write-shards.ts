/**
 * The weights of a model as Hugging Face folders hold them: one safetensors file, or several of limited size with an index. Knows
 * nothing of what the tensors are.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { hashFile } from './hash-file.js';
import {
  bytesPerElement,
  elementCount,
  type FloatTensors,
  type StoredType,
  writeSafetensors,
} from './safetensors.js';

/** As Transformers splits. */
export const defaultShardBytes = 5e9;

export interface ShardOptions {
  readonly type: StoredType;
  /** A tensor that is larger is alone in its file. */
  readonly maxShardBytes?: number;
}

/**
 * Writes the files and waits until they are on disk. Tensors keep their order.
 * @returns the SHA-256 of each file, in hexadecimal.
 */
export function writeShards(
  folder: string,
  tensors: FloatTensors,
  { type, maxShardBytes = defaultShardBytes }: ShardOptions,
): Record<string, string> {
  const shards: Map<string, { shape: readonly number[]; data: Float32Array }>[] = [];
  let room = 0;
  let totalSize = 0;
  for (const [name, tensor] of tensors) {
    const size = elementCount(tensor.shape) * bytesPerElement[type];
    if (size > room) {
      shards.push(new Map());
      room = maxShardBytes;
    }
    shards.at(-1)!.set(name, tensor);
    room -= size;
    totalSize += size;
  }
  const options = { type, metadata: { format: 'pt' } };
  if (shards.length === 1) {
    const name = 'model.safetensors';
    return { [name]: writeSafetensors(join(folder, name), shards[0]!, options) };
  }
  const files: Record<string, string> = {};
  const weightMap: Record<string, string> = {};
  for (const [i, shard] of shards.entries()) {
    const name = `model-${digits(i + 1)}-of-${digits(shards.length)}.safetensors`;
    files[name] = writeSafetensors(join(folder, name), shard, options);
    for (const tensor of shard.keys()) weightMap[tensor] = name;
  }
  const index = 'model.safetensors.index.json';
  const content = { metadata: { total_size: totalSize }, weight_map: weightMap };
  writeFileSync(join(folder, index), JSON.stringify(content, undefined, 2), { flush: true });
  files[index] = hashFile(join(folder, index));
  return files;
}

const digits = (count: number): string => String(count).padStart(5, '0');
