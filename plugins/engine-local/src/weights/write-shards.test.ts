import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { hashFile } from './hash-file.js';
import { readSafetensors } from './safetensors.js';
import { writeShards } from './write-shards.js';

const tensors = new Map(
  [3, 1, 2, 5].map((size, i) => [`t${i}`, { shape: [size], data: new Float32Array(size).fill(i) }]),
);

function write(maxShardBytes?: number) {
  const folder = mkdtempSync(join(tmpdir(), 'tinsmith-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const files = writeShards(folder, tensors, { type: 'F32', ...(maxShardBytes && { maxShardBytes }) });
  for (const [name, hash] of Object.entries(files)) expect(hashFile(join(folder, name))).toBe(hash);
  expect(readdirSync(folder).toSorted()).toEqual(Object.keys(files).toSorted());
  return { folder, files: Object.keys(files) };
}

test('what fits is one file', () => {
  const { folder, files } = write();
  expect(files).toEqual(['model.safetensors']);
  expect([...readSafetensors(join(folder, 'model.safetensors')).keys()]).toEqual([...tensors.keys()]);
});

test('more is split in order, with an index; what is larger than a shard is alone', () => {
  const { folder, files } = write(16);
  expect(files).toEqual([
    'model-00001-of-00003.safetensors',
    'model-00002-of-00003.safetensors',
    'model-00003-of-00003.safetensors',
    'model.safetensors.index.json',
  ]);
  expect(JSON.parse(readFileSync(join(folder, files[3]!), 'utf8'))).toEqual({
    metadata: { total_size: 44 },
    weight_map: { t0: files[0], t1: files[0], t2: files[1], t3: files[2] },
  });
  expect(readSafetensors(join(folder, files[2]!)).get('t3')).toEqual(tensors.get('t3'));
});
