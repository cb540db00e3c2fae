import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import type { SampleCall } from '../worker/messages.js';
import { createGate } from '../worker/native-gate.js';
import { WorkerConnection } from '../worker/worker-connection.js';
import { SampleQueue } from './sample-queue.js';

/** A real thread that answers each request with its id and the ids that were cancelled before; negative ids fail, 0 is never answered. */
const echo = `
const { parentPort: port } = require('node:worker_threads');
const cancelled = [];
port.on('message', ({ kind, ids, number, request }) => {
  if (kind === 'cancel') return cancelled.push(...ids);
  if (request.id === 0) return;
  if (request.id > 0) port.postMessage({ kind: 'reply', number, reply: [request.id, ...cancelled] });
  else port.postMessage({ kind: 'error', number, error: { code: 'X', message: 'negative' } });
});`;

function open(): SampleQueue {
  const connection = new WorkerConnection(new Worker(echo, { eval: true }), createGate());
  onTestFinished(() => connection.close());
  return new SampleQueue(connection);
}
const call = (id: number) => ({ id }) as SampleCall;

test('a request that fails does not touch the others', async () => {
  const queue = open();
  const [good, bad] = await Promise.allSettled([queue.submit(call(1)), queue.submit(call(-1))]);
  expect(good).toMatchObject({ status: 'fulfilled', value: [1] });
  expect(bad).toMatchObject({ status: 'rejected', reason: { code: 'X', message: 'negative' } });
});

test('an aborted request rejects at once, and the worker is told', async () => {
  const queue = open();
  const abort = new AbortController();
  const never = queue.submit(call(0), abort.signal);
  abort.abort(new Error('enough'));
  await expect(never).rejects.toThrow('enough');
  expect(await queue.submit(call(2))).toEqual([2, 0]);
});

test('an abort after the reply, or before the request, tells the worker nothing', async () => {
  const queue = open();
  const abort = new AbortController();
  await queue.submit(call(1), abort.signal);
  abort.abort(new Error('late'));
  await expect(queue.submit(call(3), abort.signal)).rejects.toThrow('late');
  expect(await queue.submit(call(2))).toEqual([2]);
});
