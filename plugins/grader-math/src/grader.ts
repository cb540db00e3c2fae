/**
 * A grader with a time limit that always holds: pairs are graded in a worker thread, which is killed and replaced when one
 * takes too long. The caller's thread is never blocked, whatever the input.
 */
import { Worker } from 'node:worker_threads';
import type { Verdict } from './grade.js';
import type { GradeRequest } from './worker.js';

export type GraderOptions = {
  /** Milliseconds for one pair, from when its thread starts on it; waiting in line does not count. Default 1000. */
  readonly timeLimitMs?: number;
  /** Threads that grade side by side. Default 1. */
  readonly threads?: number;
};

export type Grader = AsyncDisposable & {
  /**
   * Never rejects for a bad answer: what takes too long is `{ equal: false, stage: 'timeout' }`, and what runs out of
   * memory `{ equal: false, stage: 'failed' }`.
   * @throws GraderClosedError after, or during, `dispose`
   */
  grade(answer: string, gold: string): Promise<Verdict>;
  /** Ends the threads. Pairs that are still waiting are rejected. May be called twice. */
  dispose(): Promise<void>;
};

export class GraderClosedError extends Error {
  readonly code = 'GRADER_CLOSED';

  constructor() {
    super('this grader is closed: create a new one with createGrader()');
    this.name = 'GraderClosedError';
  }
}

type Job = GradeRequest & {
  readonly resolve: (verdict: Verdict) => void;
  readonly reject: (error: Error) => void;
};
type Thread = {
  readonly worker: Worker;
  ready: boolean;
  job?: Job | undefined;
  timer?: NodeJS.Timeout | undefined;
};

const DEFAULT_TIME_LIMIT_MS = 1000;
/** Enough for the largest numbers that are computed; beyond it the thread dies, not the process. */
const MEMORY_LIMIT_MB = 512;

/** Starts no thread before the first pair. */
export function createGrader(options: GraderOptions = {}): Grader {
  const { timeLimitMs = DEFAULT_TIME_LIMIT_MS, threads = 1 } = options;
  if (!(timeLimitMs > 0 && timeLimitMs < 2 ** 31)) {
    throw new RangeError(`timeLimitMs must be a positive number of milliseconds, found ${timeLimitMs}`);
  }
  if (!Number.isInteger(threads) || threads < 1) {
    throw new RangeError(`threads must be a positive integer, found ${threads}`);
  }
  const waiting: Job[] = [];
  const pool = new Set<Thread>();
  const ending = new Set<Promise<unknown>>();
  let closed = false;

  function assign(): void {
    for (const thread of pool) {
      if (waiting.length === 0) return;
      if (thread.ready && thread.job === undefined) start(thread, waiting.shift() as Job);
    }
    const starting = [...pool].filter(thread => !thread.ready).length;
    if (pool.size < threads && starting < waiting.length) openThread();
  }

  function start(thread: Thread, job: Job): void {
    thread.job = job;
    thread.worker.ref();
    thread.timer = setTimeout(() => replace(thread, 'timeout'), timeLimitMs);
    thread.worker.postMessage({ answer: job.answer, gold: job.gold } satisfies GradeRequest, []);
  }

  function openThread(): void {
    const thread: Thread = { worker: startWorker(), ready: false };
    pool.add(thread);
    thread.worker.on('message', (message: Verdict | 'ready') => {
      if (message === 'ready') thread.ready = true;
      else finish(thread, message);
      assign();
      if (thread.job === undefined) thread.worker.unref(); // an idle grader does not keep the process alive
    });
    thread.worker.on('error', error => {
      if (!thread.ready) abandon(error);
      replace(thread, 'failed');
    });
  }

  function finish(thread: Thread, verdict: Verdict): void {
    clearTimeout(thread.timer);
    const { job } = thread;
    thread.job = undefined;
    job?.resolve(verdict);
  }

  /** The pair is answered at once; the killed thread ends when it can. */
  function replace(thread: Thread, stage: 'timeout' | 'failed'): void {
    if (!pool.delete(thread)) return;
    end(thread.worker);
    finish(thread, { equal: false, stage, deviations: [] });
    assign();
  }

  /** The thread cannot start at all: waiting would be for ever. */
  function abandon(cause: unknown): void {
    for (const job of waiting.splice(0))
      job.reject(new Error('the grading thread does not start', { cause }));
  }

  function end(worker: Worker): void {
    const ended = worker.terminate().finally(() => ending.delete(ended));
    ending.add(ended);
  }

  async function dispose(): Promise<void> {
    closed = true;
    for (const job of waiting.splice(0)) job.reject(new GraderClosedError());
    for (const thread of pool) {
      clearTimeout(thread.timer);
      thread.job?.reject(new GraderClosedError());
      end(thread.worker);
    }
    pool.clear();
    await Promise.all(ending);
  }

  return {
    grade: (answer, gold) =>
      new Promise((resolve, reject) => {
        if (closed) return reject(new GraderClosedError());
        waiting.push({ answer, gold, resolve, reject });
        assign();
      }),
    dispose,
    [Symbol.asyncDispose]: dispose,
  };
}

/** Run from its TypeScript source (tests of this repository), the worker needs Node to find `.ts` behind `.js`. */
function startWorker(): Worker {
  const resourceLimits = { maxOldGenerationSizeMb: MEMORY_LIMIT_MB };
  if (!import.meta.url.endsWith('.ts'))
    return new Worker(new URL('worker.js', import.meta.url), { resourceLimits });
  const hooks = new URL('source-hooks.mjs', import.meta.url).href;
  return new Worker(new URL('worker.ts', import.meta.url), { resourceLimits, execArgv: ['--import', hooks] });
}
