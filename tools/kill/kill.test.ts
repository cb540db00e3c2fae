/**
 * A few kills of a basic recipe with the real command; `TINSMITH_KILLS=50` for as many of each recipe, which takes minutes per
 * recipe.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { isFull } from '../vitest/full.ts';
import { differences } from './compare-runs.ts';
import { killAndResume } from './kill-and-resume.ts';
import { smallRun, smallRuns } from './small-options.ts';

const kills = process.env['TINSMITH_KILLS'] ?? (isFull ? '10' : undefined);
const runs = kills === undefined ? [smallRun('rl_basic', ['max_steps=3'])] : smallRuns;

test.for(runs.map(args => ({ name: args.join(' '), args })))(
  'killed and resumed, it ends as if nothing had happened: $name',
  { timeout: 3_600_000 },
  async ({ args }) => {
    const report = await killAndResume({ args, kills: Number(kills ?? 2), seed: 1 });
    expect(report.differences).toEqual([]);
    expect(report.kills).toBe(Number(kills ?? 2));
  },
);

test('a step that is there twice or is missing, other metrics and other weights are found', () => {
  const folder = mkdtempSync(join(tmpdir(), 'tinsmith-compare-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const runFolder = (name: string, metrics: readonly string[], weights: string) => {
    mkdirSync(join(folder, name, 'checkpoints/final/weights'), { recursive: true });
    writeFileSync(join(folder, name, 'metrics.jsonl'), metrics.map(line => `${line}\n`).join(''));
    writeFileSync(join(folder, name, 'checkpoints/final/weights/a.safetensors'), weights);
    return join(folder, name);
  };
  const [zero, one] = ['{"step":0,"r":1,"time/x":5}', '{"step":1,"r":2}'];
  const whole = runFolder('whole', [zero, one], 'w');
  expect(differences(whole, runFolder('same', ['{"step":0,"r":1,"time/x":6}', one], 'w'))).toEqual([]);
  const trajectory = (name: string, output: string, seconds: number) => {
    mkdirSync(join(folder, name, 'iteration_000000'), { recursive: true });
    const line = `{"output":"${output}","time_seconds":${seconds}}\n`;
    writeFileSync(join(folder, name, 'iteration_000000/eval_trajectories.jsonl'), line);
  };
  trajectory('whole', 'a', 0.5);
  trajectory('same', 'a', 2);
  expect(differences(whole, join(folder, 'same'))).toEqual([]);
  trajectory('same', 'b', 0.5);
  expect(differences(whole, join(folder, 'same'))).toEqual([
    'iteration_000000/eval_trajectories.jsonl differs',
  ]);
  rmSync(join(folder, 'whole/iteration_000000'), { recursive: true });
  expect(differences(whole, runFolder('twice', [zero, zero, one], 'w'))).toEqual([
    'metrics.jsonl has 3 lines for 2 steps',
  ]);
  expect(differences(whole, runFolder('short', [zero], 'v'))).toEqual([
    '1 steps instead of 2',
    'step 1: step, r',
    'checkpoints/final/weights/a.safetensors differs',
  ]);
});
