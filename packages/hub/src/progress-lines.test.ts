import { expect, test } from 'vitest';
import { progressLines } from './index.js';

test('a line when a large download begins, one every five seconds, one at its end; none about small files', () => {
  const lines: string[] = [];
  let now = 0;
  const report = progressLines(
    line => lines.push(line),
    () => now,
  );
  const file = { repo: 'o/n', file: 'model.safetensors', totalBytes: 270e6 };
  report({ ...file, receivedBytes: 0, state: 'waiting' });
  for (const [at, receivedBytes] of [
    [4999, 1e6],
    [5000, 90e6],
    [6000, 200e6],
  ]) {
    now = at!;
    report({ ...file, receivedBytes: receivedBytes!, state: 'downloading' });
  }
  report({ ...file, receivedBytes: 270e6, state: 'done' });
  report({ repo: 'o/n', file: 'config.json', totalBytes: 700, receivedBytes: 700, state: 'done' });
  expect(lines).toEqual([
    'o/n model.safetensors: waiting for another process that downloads it',
    'o/n model.safetensors: 90 of 270 MB',
    'o/n model.safetensors: downloaded, 270 MB',
  ]);
});
