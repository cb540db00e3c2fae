/** What the tiny model learns is to count. */
import { expect, test } from 'vitest';
import { learnsAndResumes } from '../../recipe-rl-loop/test/end-to-end.js';
import slLoop from '../src/index.js';

const chats = Array.from({ length: 80 }, (_, i) => ({
  messages: [
    { role: 'user', content: `What is ${i % 7} + 1?` },
    { role: 'assistant', content: String((i % 7) + 1) },
  ],
}));

test('learns on a real model; stopped, or killed after a checkpoint, it ends with the same weights bit for bit', async () => {
  const rows = await learnsAndResumes({
    recipe: slLoop(),
    use: 'sl_loop',
    rows: chats,
    options: dataset => ({ dataset, batchSize: 8, learningRate: 2e-2, saveEvery: 3 }),
    stepsWhenStopped: 4,
  });
  const nll = rows.map(row => row['train_mean_nll'] as number);
  expect(nll.at(-1)).toBeLessThan(0.6 * nll[0]!);
});
