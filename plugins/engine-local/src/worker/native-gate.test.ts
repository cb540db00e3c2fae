import { expect, test } from 'vitest';
import { createGate, shutGate, shutGateNow, throughGate } from './native-gate.js';

test('a shut gate waits for the call inside and lets none in after it', async () => {
  const gate = createGate();
  const call = Promise.withResolvers<string>();
  const inside = throughGate(gate, () => call.promise);
  let isShut = false;
  const shutting = shutGate(gate).then(() => (isShut = true));
  await expect(throughGate(gate, async () => 'late')).rejects.toThrow('being closed');
  expect(isShut).toBe(false);
  call.resolve('done');
  expect(await inside).toBe('done');
  await shutting;
  expect(isShut).toBe(true);
});

test('a failed call leaves the gate', async () => {
  const gate = createGate();
  await expect(throughGate(gate, () => Promise.reject(new Error('native')))).rejects.toThrow('native');
  await shutGate(gate);
});

test('a program that is ending waits no longer than it is told', () => {
  const gate = createGate();
  void throughGate(gate, () => new Promise(() => {}));
  const started = performance.now();
  shutGateNow(gate, 30);
  expect(performance.now() - started).toBeGreaterThanOrEqual(25);
  shutGateNow(createGate(), 60_000); // nobody is inside
});
