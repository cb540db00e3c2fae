/** Starts the engine's worker thread, from the built package or from this repository's sources. */
import { Worker } from 'node:worker_threads';
import type { WorkerOptions } from './messages.js';

export function startWorker(workerData: WorkerOptions): Worker {
  const isSource = import.meta.url.endsWith('.ts');
  if (!isSource) return new Worker(new URL('worker.js', import.meta.url), { workerData });
  // Tests of this repository run on the sources; Node then has to look for `.ts` behind `.js`.
  const hooks = new URL('source-hooks.mjs', import.meta.url).href;
  return new Worker(new URL('worker.ts', import.meta.url), {
    workerData,
    execArgv: ['--conditions=@tinsmith/source', '--import', hooks],
  });
}
