/** What the engine's clients share. */
import type { ReleaseWithClient } from './client-release.js';
import type { SampleQueue } from './sampling/sample-queue.js';
import type { WorkerConnection } from './worker/worker-connection.js';

export interface EngineContext {
  readonly connection: WorkerConnection;
  readonly samples: SampleQueue;
  /** Where checkpoints are kept; absolute. */
  readonly checkpoints: string;
  readonly workingDirectory: string;
  /** What the engine may take, in bytes. */
  readonly memory: number;
  /** Takes a line for people. */
  readonly say: (line: string) => void;
  /** A number for a new trainer or sampler. */
  readonly nextId: () => number;
  /** Frees a trainer or sampler in the worker once `client` has been collected. */
  readonly releaseWithClient: ReleaseWithClient;
}
