/** Runs that are killed, for real, again and again: what W&B has at the end. 30 times in the full tests, or TINSMITH_WANDB_KILLS. */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestDirectory } from '@tinsmith/testkit';
import { startFakeWandb, type BadReply } from '@tinsmith/testkit/wandb';
import { expect, test } from 'vitest';
import { isFull } from '../../../tools/vitest/full.js';

const KILLS = Number(process.env['TINSMITH_WANDB_KILLS'] ?? (isFull ? 30 : 2));
const STEPS = 20 * KILLS;

const faults: readonly BadReply[] = [
  { route: 'file_stream', status: 500 },
  { route: 'file_stream', drop: 'after' },
  { route: 'file_stream', drop: 'before' },
  { route: 'file_stream', status: 429, headers: { 'RateLimit-Reset': '0.02' } },
  { route: 'graphql', operation: 'UpsertBucket', status: 502 },
];

test(
  `${KILLS} kills and bad answers leave no gap and no duplicate`,
  async () => {
    await using server = await startFakeWandb();
    const directory = new TestDirectory();
    const start = () =>
      spawn(
        process.execPath,
        [join(import.meta.dirname, 'killed-run.mjs'), directory.path, server.url, String(STEPS)],
        {
          env: { PATH: process.env['PATH'], HOME: directory.path, WANDB_API_KEY: server.apiKey },
          stdio: 'ignore',
        },
      );
    try {
      for (let kill = 0; kill < KILLS; kill++) {
        server.answerBadly(faults[kill % faults.length]!, faults[(kill * 3 + 1) % faults.length]!);
        const before = rowsThere();
        const child = start();
        await expect
          .poll(rowsThere, { timeout: 60_000, interval: 5 })
          .toBeGreaterThan(before + 4 + (kill % 7));
        const gone = new Promise(resolve => child.once('exit', resolve));
        child.kill('SIGKILL');
        await gone;
      }
      const code = await new Promise(resolve => start().once('exit', resolve));
      expect(code).toBe(0);

      expect(server.runs.size).toBe(1);
      const run = [...server.runs.values()][0]!;
      const spooled = readFileSync(join(directory.path, 'wandb/history.jsonl'), 'utf8').trimEnd().split('\n');
      expect(run.lines('wandb-history.jsonl')).toEqual(spooled);
      expect(run.lines('output.log')).toEqual(
        readFileSync(join(directory.path, 'wandb/output.log'), 'utf8').trimEnd().split('\n'),
      );
      expect(run.rewritten).toEqual([]);
      expect(run).toMatchObject({ complete: true, exitcode: 0 });

      const { history } = run;
      expect(history.map(row => row['_step'])).toEqual(history.map((_, i) => i));
      const latest = new Map(history.map(row => [row['train/step'], row['value']]));
      expect([...latest].toSorted(([a], [b]) => Number(a) - Number(b))).toEqual(
        Array.from({ length: STEPS }, (_, step) => [step, step * 10]),
      );
      expect(new Set(history.map(row => `${String(row['attempt'])} ${String(row['train/step'])}`)).size).toBe(
        history.length,
      );
      expect(Math.max(...history.map(row => Number(row['attempt'])))).toBe(KILLS + 1);
    } finally {
      directory.remove();
    }

    function rowsThere(): number {
      return [...server.runs.values()][0]?.count('wandb-history.jsonl') ?? 0;
    }
  },
  60_000 + KILLS * 10_000,
);
