import { expect, test } from 'vitest';
import { sideBySide } from './side-by-side.js';

test('gives results in the order of the items, so many at a time', async () => {
  let running = 0;
  let most = 0;
  const results = await sideBySide([5, 1, 4, 2, 3], { limit: 2 }, async (item, index) => {
    most = Math.max(most, ++running);
    for (let turn = 0; turn < item; turn++) await Promise.resolve();
    running--;
    return `${index}:${item}`;
  });
  expect(results).toEqual(['0:5', '1:1', '2:4', '3:2', '4:3']);
  expect(most).toBe(2);
  expect(await sideBySide([], { limit: 2 }, async () => 1)).toEqual([]);
});

/** Ends when it is aborted, a moment later. */
const untilAborted = (signal: AbortSignal) =>
  new Promise<void>(resolve => signal.addEventListener('abort', () => setImmediate(resolve), { once: true }));

test('the first failure ends it: nothing new is begun, what is running is aborted, and nothing is left behind', async () => {
  const begun: number[] = [];
  const ended: number[] = [];
  const all = sideBySide([0, 1, 2, 3, 4, 5], { limit: 2 }, async (item, _, signal) => {
    begun.push(item);
    if (item === 1) throw new Error('no');
    await untilAborted(signal);
    ended.push(item);
    throw new Error('aborted');
  });
  await expect(all).rejects.toThrow('no');
  expect([begun, ended]).toEqual([[0, 1], [0]]);
});

test('aborted from outside, it ends with the reason', async () => {
  const abort = new AbortController();
  const begun: number[] = [];
  const all = sideBySide([0, 1, 2], { limit: 1, signal: abort.signal }, async (item, _, signal) => {
    begun.push(item);
    setImmediate(() => abort.abort(new Error('enough')));
    await untilAborted(signal);
  });
  await expect(all).rejects.toThrow('enough');
  expect(begun).toEqual([0]);
});
