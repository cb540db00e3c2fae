import { expect, test } from 'vitest';
import { sideBySide } from './side-by-side.js';

test('gives results in the order of the items, so many at a time', async () => {
  let running = 0;
  let most = 0;
  const results = await sideBySide([5, 1, 4, 2, 3], 2, async (item, index) => {
    most = Math.max(most, ++running);
    for (let turn = 0; turn < item; turn++) await Promise.resolve();
    running--;
    return `${index}:${item}`;
  });
  expect(results).toEqual(['0:5', '1:1', '2:4', '3:2', '4:3']);
  expect(most).toBe(2);
  expect(await sideBySide([], 2, async () => 1)).toEqual([]);
});

test('the first failure ends it: nothing new is begun', async () => {
  const begun: number[] = [];
  const all = sideBySide([0, 1, 2, 3, 4, 5], 2, async item => {
    begun.push(item);
    await Promise.resolve();
    if (item === 1) throw new Error('no');
  });
  await expect(all).rejects.toThrow('no');
  await Promise.resolve();
  expect(begun.length).toBeLessThan(5);
});
