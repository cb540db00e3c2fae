/** A disk that fills up while a run writes: what is said, and that nothing is lost which had been said to be kept. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { countProject } from './plugins.js';
import { Project } from './project.js';

const command = fileURLToPath(new URL('../bin/tinsmith.js', import.meta.url));

/** The limit on the size of files is a disk that is full, without being root. */
const onFullDisk = (cwd: string, args: readonly string[]) =>
  new Promise<{ readonly code: unknown; readonly error: string }>(resolve => {
    execFile(
      'bash',
      ['-c', 'ulimit -f 8; exec "$@"', 'bash', process.execPath, command, ...args],
      { cwd, env: { PATH: process.env['PATH'], HOME: cwd, NODE_DISABLE_COMPILE_CACHE: '1' } },
      (failed, _, error) => resolve({ code: failed?.code ?? 0, error }),
    );
  });

test.skipIf(process.platform === 'win32')('names the file, says how to go on, and goes on', async () => {
  using project = new Project(countProject);
  const steps = (file: string) =>
    project
      .read(`runs/a/${file}`)
      .trimEnd()
      .split('\n')
      .map(line => JSON.parse(line) as { readonly step: number; readonly batch: number });

  const args = ['run', 'log_path=runs/a', 'max_steps=60'];
  const { code, error } = await onFullDisk(project.path, args);
  expect({ code, error }).toEqual({
    code: 1,
    error: expect.stringMatching(
      /^error RUN_FAILED {3}only \d+ of \d+ bytes fitted into .*\/checkpoints\.jsonl\n {2}log .*\n {2}go on {2}.*if-exists resume\n$/,
    ),
  });
  const saved = steps('checkpoints.jsonl').at(-1)!.batch; // every row is whole
  expect(saved).toBeGreaterThan(10);
  expect(saved).toBeLessThan(60);

  expect(await project.run([...args, 'if_exists=resume'])).toMatchObject({ code: 0 });
  const last = new Map(steps('metrics.jsonl').map(row => [row.step, row]));
  expect([...last.keys()].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 60 }, (_, step) => step));
  expect(steps('checkpoints.jsonl').at(-1)).toMatchObject({ batch: 60 });
});
