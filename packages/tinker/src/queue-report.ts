/**
 * Telling about queues (protocol, section 9.5): every state goes to the caller's observer; the log gets one line a minute,
 * and for training only after a quarter of an hour, as SDK 0.38.0 does. Decides nothing.
 */
import { now } from './http/limits.js';
import type { Settings } from './options.js';

export interface QueueWatch {
  readonly requestId: string;
  readonly requestType: string;
  readonly started: number;
  reportedAt: number;
  /** Whether the queue is known to hold the request up. */
  held: boolean;
}

const LOG_EVERY_MS = 60_000;
const TRAINING_GRACE_MS = 900_000;

const DEFAULT_REASONS: Readonly<Record<string, string>> = {
  paused_capacity: 'the service has no room right now',
  paused_rate_limit: 'the rate limit of the account is reached',
};

export function reportQueue(
  settings: Settings,
  watch: QueueWatch,
  body: Readonly<Record<string, unknown>>,
): void {
  const state = body['queue_state'];
  if (typeof state !== 'string') return;
  const told = typeof body['queue_state_reason'] === 'string' ? body['queue_state_reason'] : undefined;
  const reason = told ?? DEFAULT_REASONS[state];
  const { requestId, requestType, started } = watch;
  watch.held = state !== 'active';
  const waitedMs = now() - started;
  try {
    settings.onQueueState?.({ state, reason, requestType, requestId, waitedMs });
  } catch (error) {
    settings.logger.warn(`onQueueState threw: ${String(error)}`);
  }
  if (state === 'active' || now() - watch.reportedAt < LOG_EVERY_MS) return;
  if (requestType !== 'Sample' && waitedMs < TRAINING_GRACE_MS) return;
  watch.reportedAt = now();
  settings.logger.warn(
    `${requestType} ${requestId} waits, ${Math.round(waitedMs / 1000)} s so far: ${reason ?? state}`,
  );
}

/** The wait is over, well or not: nobody is to believe that the request is still held up. */
export function reportEnd(settings: Settings, watch: QueueWatch): void {
  if (watch.held) reportQueue(settings, watch, { queue_state: 'active' });
}
