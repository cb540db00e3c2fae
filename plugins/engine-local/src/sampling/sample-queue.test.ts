import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import type { SampleCall } from '../worker/messages.js';
import { createGate } from '../worker/native-gate.js';
import { WorkerConnection } from '../worker/worker-connection.js';
import { SampleQueue } from './sample-queue.js';

/** A real thread that answers each request with the ids of its message, and fails those with a negative id. */
const echo = `
const { parentPort: port } = require('node:worker_threads');
port.on('message', ({ kind, number, request }) => {
  if (kind !== 'call') return;
  const ids = request.requests.map(({ id }) => id);
  const error = { code: 'X', message: 'negative' };
  port.postMessage({ kind: 'reply', number, reply: ids.map(id => (id < 0 ? { ok: false, error } : { ok: true, reply: ids })) });
});`;

function open(): SampleQueue {
  const connection = new WorkerConnection(new Worker(echo, { eval: true }), createGate());
  onTestFinished(() => connection.close());
  return new SampleQueue(connection);
}
const call = (id: number) => ({ id }) as SampleCall;
const after = async (promises: number) => {
  for (let i = 0; i < promises; i++) await Promise.resolve();
};

test('requests of one tick share a message, however many promises lie between them', async () => {
  const queue = open();
  const submitted = [0, 1, 5, 40].map(async (promises, id) => {
    await after(promises);
    return queue.submit(call(id));
  });
  expect(await Promise.all(submitted)).toEqual(submitted.map(() => [0, 1, 2, 3]));
});

test('requests of the next tick have a message of their own', async () => {
  const queue = open();
  const first = queue.submit(call(1));
  await new Promise(resolve => setImmediate(resolve));
  expect(await Promise.all([queue.submit(call(2)), queue.submit(call(3)), first])).toEqual([
    [2, 3],
    [2, 3],
    [1],
  ]);
});

test('replies come together, so what follows from them shares a message again', async () => {
  const queue = open();
  const second = await Promise.all(
    [1, 2, 3].map(async id => {
      await queue.submit(call(id));
      return queue.submit(call(10 + id));
    }),
  );
  expect(second).toEqual([1, 2, 3].map(() => [11, 12, 13]));
});

test('a request that fails does not touch the others', async () => {
  const queue = open();
  const [good, bad] = await Promise.allSettled([queue.submit(call(1)), queue.submit(call(-1))]);
  expect(good).toMatchObject({ status: 'fulfilled', value: [1, -1] });
  expect(bad).toMatchObject({ status: 'rejected', reason: { code: 'X', message: 'negative' } });
});

test('an aborted request is taken out of the tick', async () => {
  const queue = open();
  const abort = new AbortController();
  const aborted = queue.submit(call(1), abort.signal);
  const kept = queue.submit(call(2));
  abort.abort(new Error('enough'));
  await expect(aborted).rejects.toThrow('enough');
  expect(await kept).toEqual([2]);
});
