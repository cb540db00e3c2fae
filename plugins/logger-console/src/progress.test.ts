import { expect, test } from 'vitest';
import { type Progress, progressLine } from './progress.js';
import { signsOf } from '@tinsmith/terminal';

const progress: Progress = {
  done: 12,
  planned: 50,
  label: 'reward',
  values: [0, 0.25, 0.5],
  waitingFor: { name: 'sampling', seconds: 3.2 },
  reason: undefined,
  secondsLeft: 75,
  answer: '2 + 2? -> 5',
  frame: 0,
};
const look = { signs: signsOf({ isUnicode: true }), paint: (_: string, text: string) => text, width: 200 };

test('says how far the run is, how well, what it waits for and how long it will take', () => {
  expect(progressLine(progress, look)).toBe(
    '⠋ 12/50 steps  ━━━━━───────────────  reward 0.500  ▁▅█  sampling 3.2 s  1m 15s left  2 + 2? -> 5',
  );
});

test('leaves out what matters least until it fits, and keeps the step', () => {
  for (let width = 100; width > 14; width--) {
    const line = progressLine(progress, { ...look, width });
    expect(Array.from(line).length).toBeLessThanOrEqual(width);
    expect(line).toContain('12/50 steps');
  }
  expect(progressLine(progress, { ...look, width: 50 })).toBe('⠋ 12/50 steps  reward 0.500  sampling 3.2 s');
});

test('does without what is not known yet', () => {
  const early = {
    ...progress,
    done: 0,
    planned: undefined,
    values: [],
    secondsLeft: undefined,
    waitingFor: undefined,
    answer: undefined,
  };
  expect(progressLine(early, look)).toBe('⠋ 0 steps');
});

test('has no small chart without Unicode, and none for one value or NaN', () => {
  expect(progressLine(progress, { ...look, signs: signsOf({ isUnicode: false }) })).toBe(
    '| 12/50 steps  #####...............  reward 0.500  sampling 3.2 s  1m 15s left  2 + 2? -> 5',
  );
  expect(progressLine({ ...progress, values: [Number.NaN, 0.5] }, look)).not.toMatch(/[▁-█]/);
});
