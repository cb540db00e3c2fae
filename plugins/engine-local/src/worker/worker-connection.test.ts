import { Worker } from 'node:worker_threads';
import { expect, onTestFinished, test } from 'vitest';
import { createGate } from './native-gate.js';
import { WorkerConnection } from './worker-connection.js';

/** A real thread with a loop of its own. */
function connect(loop: string): WorkerConnection {
  const connection = new WorkerConnection(
    new Worker(`const { parentPort: port } = require('node:worker_threads'); ${loop}`, { eval: true }),
    createGate(),
  );
  onTestFinished(() => connection.close());
  return connection;
}
const echo = `port.on('message', ({ number, request }) => port.postMessage({ kind: 'reply', number, reply: request }));`;
const containing = (text: string) => expect.stringContaining(text) as string;
const count = { samplers: 1, trainers: 2, models: 3 };

test('replies find their calls', async () => {
  const connection = connect(echo);
  const replies = await Promise.all([1, 2, 3].map(samplers => connection.call('census', { samplers })));
  expect(replies).toEqual([{ samplers: 1 }, { samplers: 2 }, { samplers: 3 }]);
});

test('buffers move: what is sent is empty here afterwards', async () => {
  const connection = connect(echo);
  const data = Float32Array.of(1, 2);
  const reply = await connection.call('census', { data }, [data.buffer]);
  expect(reply).toEqual({ data: Float32Array.of(1, 2) });
  expect(data).toHaveLength(0);
});

test('an error keeps its code and sentences', async () => {
  const connection = connect(
    `port.on('message', ({ number }) => port.postMessage({ kind: 'error', number, error: { code: 'X', message: 'm', found: 'f' } }));`,
  );
  await expect(connection.call('census', {})).rejects.toMatchObject({
    code: 'X',
    message: 'm',
    found: 'f',
    plugin: '@tinsmith/engine-local',
  });
});

test('when the thread dies, all pending calls reject with its reason, and later ones too', async () => {
  const connection = connect(
    `port.on('message', ({ number }) => { if (number === 2) throw new Error('out of luck'); });`,
  );
  const calls = [connection.call('census', {}), connection.call('census', {}), connection.call('census', {})];
  for (const result of await Promise.allSettled(calls))
    expect(result).toMatchObject({
      status: 'rejected',
      reason: { code: 'ENGINE_STOPPED', found: containing('out of luck') },
    });
  await expect(connection.call('census', count)).rejects.toMatchObject({ code: 'ENGINE_STOPPED' });
});

test('when the thread just ends, its code is named', async () => {
  const connection = connect(`port.on('message', () => process.exit(7));`);
  await expect(connection.call('census', {})).rejects.toMatchObject({
    code: 'ENGINE_STOPPED',
    found: containing('code 7'),
  });
});

test('closing rejects what is pending, once and for all', async () => {
  const connection = connect(`port.on('message', () => undefined);`);
  const pending = expect(connection.call('census', {})).rejects.toMatchObject({ code: 'ENGINE_CLOSED' });
  await Promise.all([connection.close(), connection.close()]);
  await pending;
  await expect(connection.call('census', {})).rejects.toMatchObject({ code: 'ENGINE_CLOSED' });
});
