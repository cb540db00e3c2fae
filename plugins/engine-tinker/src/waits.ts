/** From what single requests hear about their queues to what people want to know: what is held up, since when, and why. */
import type { WaitEvent } from '@tinsmith/core';
import type { QueueEvent } from '@tinsmith/tinker';

/** Hundreds of samples may wait at once: the same news is not told more often. */
const AGAIN_AFTER_MS = 5000;

interface Held {
  readonly requests: Set<string>;
  reason: string;
  toldAt: number;
}

export class Waits {
  readonly #tell: (event: WaitEvent) => void;
  readonly #held = new Map<string, Held>();

  constructor(tell: (event: WaitEvent) => void) {
    this.#tell = tell;
  }

  hear({ state, reason = state, requestType, requestId, waitedMs }: QueueEvent): void {
    const seconds = waitedMs / 1000;
    const held = this.#held.get(requestType);
    if (state === 'active') {
      if (!held?.requests.delete(requestId) || held.requests.size > 0) return;
      this.#held.delete(requestType);
      this.#tell({ what: requestType, seconds });
      return;
    }
    const now = performance.now();
    const known = held ?? { requests: new Set(), reason: '', toldAt: -Infinity };
    known.requests.add(requestId);
    this.#held.set(requestType, known);
    if (reason === known.reason && now - known.toldAt < AGAIN_AFTER_MS) return;
    Object.assign(known, { reason, toldAt: now });
    this.#tell({ what: requestType, reason, seconds });
  }

  /** Of this kind of request, for the error of a call that waited too long. */
  reasonOf(requestType: string): string | undefined {
    return this.#held.get(requestType)?.reason;
  }
}
