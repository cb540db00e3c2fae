/** What can go wrong with who judges, in stage 3 of `rlhf`. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { likesYes, writeData } from './rlhf-data.js';
import { newFolder, type Policy, runScripted } from './scripted.js';

const { data, folder: dataFolder } = writeData();
afterAll(() => dataFolder.remove());
const small = {
  ...data,
  batchSize: 2,
  maxSteps: 2,
  saveEvery: 1,
  evalEvery: 0,
  rlMaxTokens: 4,
  winRateSize: 2,
};

const isJudged = (prompt: string) => prompt.includes('Completion A');
/** Not the question with which a reward model is tried out. */
const isOfTheRun = (prompt: string) => isJudged(prompt) && prompt.includes('is it ');

/** A run of stages 1 and 2, and what they left. */
async function twoStages() {
  const folder = newFolder();
  await runScripted('rlhf', { ...small, runRl: false }, likesYes, { folder });
  const last = (stage: string) => {
    const file = join(folder.path, 'run', stage, 'checkpoints.jsonl');
    return JSON.parse(readFileSync(file, 'utf8').trim().split('\n').at(-1)!) as Record<string, string>;
  };
  return { folder, sft: last('sft'), rm: last('rm') };
}

test('a reward model that is none is refused before anything is trained', async () => {
  const { folder, sft, rm } = await twoStages();
  const onlyRl = (rmCheckpointPath: string, policy: Policy, run: string) => {
    const options = { ...small, runRm: false, rmCheckpointPath };
    return runScripted('rlhf', options, policy, { folder, run });
  };
  const gone = await onlyRl('toy://nowhere/sampler.json', likesYes, 'gone');
  expect(gone.outcome).toMatchObject({
    error: { code: 'REWARD_MODEL_UNFIT', at: 'toy://nowhere/sampler.json' },
  });
  // Weights of stage 1: they answer, and do not judge.
  const chatty = await onlyRl(sft['sampler_path']!, () => 'no', 'chatty');
  expect(chatty.outcome).toMatchObject({
    error: {
      code: 'REWARD_MODEL_UNFIT',
      at: sft['sampler_path'],
      found: expect.stringContaining('said "n"'),
    },
  });
  expect([...gone.metrics(), ...chatty.metrics()]).toEqual([]);
  expect((await onlyRl(rm['sampler_path']!, likesYes, 'right')).outcome).toMatchObject({
    outcome: 'completed',
  });
});

test('too few comparisons for a step of stage 3 are missed before stage 1 begins', async () => {
  const { outcome, metrics } = await runScripted('rlhf', { ...small, rlBatchSize: 10_000 }, likesYes);
  expect(metrics()).toEqual([]);
  expect(outcome).toMatchObject({
    error: { code: 'DATA_TOO_FEW_ROWS', at: 'recipe.with.rlBatchSize' },
  });
});

const mumbles: Policy = (prompt, sample) => (isOfTheRun(prompt) ? 'Hm' : likesYes(prompt, sample));

test('what a judge says that is neither A, B nor Tie counts as no opinion, and is counted', async () => {
  const { outcome, metrics, rewards, folder } = await runScripted('rlhf', small, mumbles);
  expect(outcome).toMatchObject({ outcome: 'completed' });
  expect(new Set(rewards('rl'))).toEqual(new Set([0]));
  expect(metrics().at(-1)).toMatchObject({
    'rl/env/all/judge_unreadable': 1,
    'rl/env/all/win_minus_loss': 0,
  });
  const summary = JSON.parse(readFileSync(join(folder.path, 'run/summary.json'), 'utf8')) as object;
  expect(summary).toMatchObject({ final: { 'judge/judge_unreadable': 1, 'policy/win_rate_sft': 0.5 } });
});

/** Judges some comparisons of the run, then none until it is mended. */
function dying(after: number): { readonly policy: Policy; readonly mend: () => void } {
  let left = after;
  return {
    policy(prompt, sample) {
      if (isOfTheRun(prompt) && left-- <= 0) throw new Error('the engine is gone');
      return likesYes(prompt, sample);
    },
    mend: () => (left = Infinity),
  };
}

test('a judge that dies in the middle of a group ends the run with a reason, and the run goes on from its last checkpoint', async () => {
  const { policy, mend } = dying(30); // a step asks 24 times
  const first = await runScripted('rlhf', small, policy);
  expect(first.outcome).toMatchObject({
    outcome: 'failed',
    error: { code: 'JUDGE_FAILED', found: 'Error: the engine is gone' },
  });
  expect(first.metrics()).toHaveLength(5);
  mend();
  const rest = await runScripted('rlhf', small, policy, { folder: first.folder });
  expect(rest.outcome).toMatchObject({ outcome: 'completed' });
  const whole = await runScripted('rlhf', small, likesYes);
  expect(withoutTimes([...first.metrics(), ...rest.metrics()])).toEqual(withoutTimes(whole.metrics()));
});

test('if rollouts may fail, a group whose judge dies is left out, and the others are learnt from', async () => {
  let deaths = 0;
  const policy: Policy = (prompt, sample) => {
    if (isOfTheRun(prompt) && deaths++ === 0) throw new Error('the engine is gone');
    return likesYes(prompt, sample);
  };
  const options = { ...small, rolloutErrorTolerance: true, rlMaxSteps: 1 };
  const { outcome, metrics, rewards } = await runScripted('rlhf', options, policy);
  expect(outcome).toMatchObject({ outcome: 'completed' });
  expect(rewards('rl')).toHaveLength(4); // of one group; the batch had two
  expect(metrics().at(-1)).toMatchObject({ 'rl/env/all/total_episodes': 4 });
});

const silent: Policy = (prompt, sample) =>
  isJudged(prompt) || sample % 2 === 0 ? likesYes(prompt, sample) : '';

test('empty answers are judged like others', async () => {
  const { outcome, rewards } = await runScripted('rlhf', small, silent);
  expect(outcome).toMatchObject({ outcome: 'completed' });
  expect(rewards('rl').slice(0, 2)).toEqual([2 / 3, -2 / 3]);
});

const withoutTimes = (rows: readonly object[]) =>
  rows.map(row => Object.fromEntries(Object.entries(row).filter(([key]) => !key.startsWith('time/'))));

test('a summary that somebody has changed is refused before anything is trained; without it, it is made again', async () => {
  const { folder } = await runScripted('rlhf', small, likesYes);
  const file = join(folder.path, 'run/summary.json');
  const whole = readFileSync(file, 'utf8');
  for (const [content, found] of [
    [whole.slice(0, 100), /JSON/],
    [whole.replace(/"steps": 2/, '"steps": "two"'), /steps/],
  ] as const) {
    writeFileSync(file, content);
    const { outcome } = await runScripted('rlhf', { ...small, maxSteps: 3 }, likesYes, { folder });
    expect(outcome).toMatchObject({
      outcome: 'failed',
      error: { code: 'SUMMARY_UNREADABLE', at: file, found: expect.stringMatching(found) as string },
    });
  }
  rmSync(file);
  const { outcome, metrics } = await runScripted('rlhf', small, likesYes, { folder });
  expect([outcome.outcome, metrics()]).toEqual(['completed', []]);
  expect(readFileSync(file, 'utf8')).toBe(whole);
  writeFileSync(file, whole.replace(/"policy\/win_rate": [\d.]+/, '"policy/win_rate": null')); // so is NaN written
  expect((await runScripted('rlhf', small, likesYes, { folder })).outcome.outcome).toBe('completed');
});
