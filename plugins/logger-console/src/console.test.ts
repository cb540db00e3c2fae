import { modelInput, type RunEndEvent, type TrajectoryGroup } from '@tinsmith/core';
import { expect, onTestFinished, test } from 'vitest';
import { Screen } from '../test/screen.js';
import { RunConsole } from './console.js';
import { describeTerminal } from '@tinsmith/terminal';

const start = { name: 'sums', recipe: 'math_rl', seed: 0, logPath: '/runs/sums', nextStep: 0 };

interface Start {
  readonly isTTY?: boolean;
  readonly event?: typeof start;
  readonly environment?: Readonly<Record<string, string>>;
  readonly metric?: string | undefined;
}

/** A run that lasts ten seconds a step, its reward rising by 0.1. */
function startRun({ isTTY = true, event = start, environment = {}, ...options }: Start = {}) {
  const screen = new Screen(isTTY);
  const clock = { milliseconds: 1000 };
  const shown = new RunConsole(
    { metric: 'env/all/reward/total', samples: 1, ...options },
    {
      output: screen,
      terminal: describeTerminal(screen, { LANG: 'C.UTF-8', NO_COLOR: '1', ...environment }, 'linux'),
      shared: [screen] as never,
      now: () => clock.milliseconds,
      listFiles: () => Promise.resolve(['checkpoints.jsonl', 'metrics.jsonl']),
    },
  );
  onTestFinished(() => shown.close());
  shown.started(event);
  return {
    screen,
    shown,
    clock,
    runStep(step: number) {
      shown.waitStarted({ name: 'sampling', step });
      shown.graded([answer(step)], step);
      shown.waitEnded({ name: 'sampling', step });
      clock.milliseconds += 10_000;
      shown.stepEnded({ step, metrics: { 'env/all/reward/total': step / 10 }, plannedSteps: 5 });
    },
    end: (end: RunEndEvent) => shown.ended(end),
    text: () => screen.lines.join('\n'),
  };
}

const answer = (step: number): TrajectoryGroup => ({
  tags: [],
  trajectories: [
    {
      transitions: [
        {
          observation: modelInput([1]),
          action: { tokens: [2], logprobs: [-1], stopReason: 'stop' },
          reward: step / 10,
          metrics: {},
          logs: { question: `question ${step}`, answer: `answer ${step}` },
        },
      ],
    },
  ],
  groupRewards: [0],
});

test('elsewhere than on a terminal it writes plain lines, one per step', () => {
  const run = startRun({ isTTY: false });
  for (const step of [0, 1, 4]) run.runStep(step);
  expect(run.screen.raw).toBe(
    [
      'math_rl  sums',
      '/runs/sums',
      '1/5 steps  reward 0.000  10 s  40 s left  question 0 → answer 0',
      '2/5 steps  reward 0.100  10 s  30 s left  question 1 → answer 1',
      '3/5 steps  reward 0.400  10 s  20 s left  question 4 → answer 4',
      '',
    ].join('\n'),
  );
});

test('on a dumb terminal it redraws nothing', () => {
  const run = startRun({ environment: { TERM: 'dumb' } });
  run.runStep(0);
  expect(run.screen.raw).not.toContain('\r');
  expect(run.screen.raw).toContain('1/5 steps');
});

test('on a terminal one line is alive, and gone at the end', async () => {
  const run = startRun();
  expect(run.screen.lines.at(-1)).toBe('⠋ 0 steps  starting 0.0 s');
  run.runStep(0);
  await run.end({ outcome: 'completed' });
  expect(run.text()).not.toContain('starting');
  expect(run.text()).not.toContain('⠋');
});

test('says why a service lets it wait, until it goes on', () => {
  const live = startRun();
  live.shown.waitReported({ what: 'optim_step', reason: 'no room', seconds: 65 });
  expect(live.shown.line()).toBe('⠙ 0 steps  starting 0.0 s  optim_step: no room, 1m 05s so far');
  live.shown.waitReported({ what: 'optim_step', seconds: 70 });
  expect(live.shown.line()).not.toContain('no room');

  const plain = startRun({ isTTY: false });
  for (const seconds of [65, 125])
    plain.shown.waitReported({ what: 'optim_step', reason: 'no room', seconds });
  expect(plain.text()).toMatch(/^optim_step: no room, 1m 05s so far$/m);
  expect(plain.text().match(/no room/g)).toHaveLength(1);
});

test('the summary has the outcome, the curve, answers before and after, and the files', async () => {
  const run = startRun({ isTTY: false });
  for (let step = 0; step < 5; step++) run.runStep(step);
  await run.end({ outcome: 'completed' });
  const text = run.text();
  expect(text).toContain('✔ completed  5 steps, 50 s');
  expect(text).toContain('reward  0.000 (step 0) → 0.400 (step 4)');
  expect(text).toMatch(/0\.4 ┤ +[\u2801-\u28FF]+/);
  expect(text).toMatch(/before, at step 0\nreward {2}question {4}answer\n 0\.000 {2}question 0 {2}answer 0/);
  expect(text).toMatch(/after, at step 4\n 0\.400 {2}question 4 {2}answer 4/);
  expect(text).toMatch(/\nfiles {3}checkpoints\.jsonl {2}metrics\.jsonl/);
  expect(text.match(/\/runs\/sums/g)).toHaveLength(1); // the runner says it once more
  expect(text).not.toContain('resume');
});

test('a failed run says where it goes on, and leaves the error to the runner', async () => {
  const run = startRun({ isTTY: false });
  run.runStep(0);
  run.shown.checkpointSaved({ name: '000001', batch: 1 });
  run.runStep(1);
  await run.end({ outcome: 'failed', error: new Error('out of memory') });
  expect(run.text()).toContain('✘ failed  2 of 5 steps, 20 s');
  expect(run.text()).toContain('resume  at step 1, from the checkpoint 000001');
  expect(run.text()).not.toContain('out of memory');
});

test('a run that failed at once has a short summary', async () => {
  const run = startRun({ isTTY: false });
  await run.end({ outcome: 'failed', error: new Error('no such model') });
  expect(run.text()).toContain('✘ failed  0 steps, 0.0 s');
  expect(run.text()).toContain('resume  at the beginning: there is no checkpoint yet');
});

test('a stopped run says why', async () => {
  const run = startRun({ isTTY: false });
  run.runStep(0);
  await run.end({ outcome: 'stopped', reason: 'target reached' });
  expect(run.text()).toContain('■ stopped  1 of 5 steps, 10 s, target reached');
});

test('a resumed run counts from where it began', async () => {
  const run = startRun({ isTTY: false, event: { ...start, nextStep: 3 } });
  run.runStep(3);
  expect(run.text()).toContain('resumed at step 3');
  expect(run.text()).toContain('4/5 steps');
  await run.end({ outcome: 'failed', error: new Error('again') });
  expect(run.text()).toContain('4 of 5 steps, 1 of them since step 3');
  expect(run.text()).toContain('resume  at step 3, where this attempt began');
});

test('says so if no step reported the metric', async () => {
  const run = startRun({ isTTY: false });
  run.shown.stepEnded({ step: 0, metrics: { loss: 1 }, plannedSteps: 1 });
  await run.end({ outcome: 'completed' });
  expect(run.text()).toContain('no step reported env/all/reward/total');
});

test('each stage of a run has a curve of its own', async () => {
  const stages = [
    { 'sft/test/accuracy': 1, 'sft/train_mean_nll': 2 },
    { 'sft/train_mean_nll': 1.5 },
    { 'rl/win_rate': 0.5, 'rl/env/all/reward/total': 0 },
    { 'rl/env/all/reward/total': 0 },
    { 'rl/win_rate': 0.75, 'rl/env/all/reward/total': 0 },
  ];
  const { shown, text, end } = startRun({ isTTY: false, metric: undefined });
  for (const [step, metrics] of stages.entries()) shown.stepEnded({ step, metrics, plannedSteps: 5 });
  await end({ outcome: 'completed' });
  expect(text()).toContain('1/5 steps  sft nll 2.000');
  expect(text()).toContain('3/5 steps  rl win rate 0.500');
  expect(text()).toContain('rl win rate  0.500 (step 2) → 0.750 (step 4)');
});

test('a run that ends before it started shows nothing', async () => {
  const screen = new Screen();
  const shown = new RunConsole(
    { metric: 'x', samples: 0 },
    {
      output: screen,
      terminal: describeTerminal(screen, {}),
      shared: [],
      now: () => 0,
      listFiles: () => Promise.resolve([]),
    },
  );
  await shown.ended({ outcome: 'failed', error: new Error('no folder') });
  expect(screen.raw).toBe('');
});

test('goes quiet when the reader of a pipe goes away, and the run goes on', async () => {
  const run = startRun({ isTTY: false });
  run.runStep(0);
  const { raw } = run.screen;
  run.screen.fail(Object.assign(new Error('write EPIPE'), { code: 'EPIPE' }));
  run.runStep(1);
  await run.end({ outcome: 'completed' });
  expect(run.screen.raw).toBe(raw);
});

test('names the innermost thing that is waited for', () => {
  const run = startRun();
  run.shown.waitStarted({ name: 'sampling', step: 0 });
  run.shown.waitStarted({ name: 'grading', step: 0 });
  run.clock.milliseconds += 2000;
  expect(run.shown.line()).toContain('grading 2.0 s');
  run.shown.waitEnded({ name: 'grading', step: 0 });
  expect(run.shown.line()).toContain('sampling 2.0 s');
});
