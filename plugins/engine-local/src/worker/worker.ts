/**
 * Entry of the engine's worker thread: takes calls from the port, one at a time and in order, and sends the replies; only sampling
 * and scoring overlap with other calls. A failed call is a reply; only a fault of this loop ends the thread.
 */
import { parentPort, workerData } from 'node:worker_threads';
import { recordError } from './error-record.js';
import type { CallMessage, FromWorker, ToWorker, WorkerOptions } from './messages.js';
import { Runtime } from './runtime.js';
import { buffersOf } from './transfer.js';
import { Turns } from './turns.js';

const port = parentPort!;
const turns = new Turns();
const runtime = new Runtime(workerData as WorkerOptions, turns);

port.on('message', (message: ToWorker) => {
  if (message.kind === 'cancel') runtime.cancelSamples(message.ids);
  else void turns.take(() => start(message));
});

/** Sampling and scoring begin in their turn and take further turns themselves, between those of other calls. */
async function start(message: CallMessage): Promise<void> {
  const answered = answer(message);
  if (message.name !== 'sample' && message.name !== 'score') await answered;
}

async function answer({ number, name, request }: CallMessage): Promise<void> {
  let outcome: FromWorker;
  try {
    const handle = runtime[name].bind(runtime) as (request: unknown) => unknown;
    outcome = { kind: 'reply', number, reply: await handle(request) };
  } catch (error) {
    outcome = { kind: 'error', number, error: recordError(error) };
  }
  port.postMessage(outcome, buffersOf(outcome)); // a reply's arrays are given away: handlers return copies of what they keep
}
