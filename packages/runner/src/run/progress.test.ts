import { expect, test } from 'vitest';
import { Progress } from './progress.js';

test('says how far a run is, not at every step, with the time that is left', () => {
  const lines: string[] = [];
  let milliseconds = 0;
  const progress = new Progress({ print: line => lines.push(line), now: () => milliseconds });
  for (let step = 30; step < 36; step++) {
    milliseconds += 4000;
    progress.stepEnded({ step, plannedSteps: 100 });
  }
  expect(lines).toEqual([
    'step 33 of 100   12 s, about 4 min left',
    'step 36 of 100   24 s, about 4 min left',
  ]);
});

test('without a plan there is no time left to tell', () => {
  const lines: string[] = [];
  let milliseconds = 0;
  const progress = new Progress({ print: line => lines.push(line), now: () => milliseconds });
  milliseconds = 3 * 3600_000;
  progress.stepEnded({ step: 0, plannedSteps: undefined });
  expect(lines).toEqual(['step 1   3.0 h']);
});
