/** What the tiny model can learn in a few steps is to say digits at all. */
import { expect, test } from 'vitest';
import { learnsAndResumes } from '../../recipe-rl-loop/test/end-to-end.js';
import rlBasic from '../src/index.js';

const fives = Array.from({ length: 4 * 10 }, () => ({ question: 'say a 5', answer: '#### 5' }));

test('learns on a real model; stopped, or killed after a checkpoint, it ends with the same weights bit for bit', async () => {
  const rows = await learnsAndResumes({
    recipe: rlBasic(),
    use: 'rl_basic',
    rows: fives,
    options: dataset => ({
      envOptions: { dataset, datasetConfig: null, testSplit: null, fewShot: false, boxed: false },
      groupsPerBatch: 4,
      groupSize: 16,
      learningRate: 2e-2,
      maxTokens: 6,
      saveEvery: 3,
    }),
    stepsWhenStopped: 4,
  });
  const reward = rows.map(row => row['env/all/reward/total'] as number);
  expect(Math.max(...reward.slice(-3))).toBeGreaterThan(reward[0]! + 0.3);
  const mismatches = rows.map(row => Math.abs((row['optim/kl_sample_train_v1'] as number | undefined) ?? 0));
  expect(Math.max(...mismatches)).toBeLessThan(1e-5);
});
