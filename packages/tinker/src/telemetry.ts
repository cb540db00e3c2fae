/**
 * Telemetry (protocol, section 16), off unless asked for: that a session began and ended, and which kinds of errors it saw.
 * Never a message, a path, a header or a value. A failure to report costs nothing.
 */
import { unref } from './connection.js';
import type { Connection } from './connection.js';
import { TinkerError } from './errors.js';

interface Event {
  readonly event: 'SESSION_START' | 'SESSION_END' | 'UNHANDLED_EXCEPTION';
  readonly event_id: string;
  readonly event_session_index: number;
  readonly severity: 'INFO' | 'ERROR';
  readonly timestamp: string;
  readonly error_type?: string;
  readonly error_message?: string;
}

const FLUSH_MS = 10_000;
const TIMEOUT_MS = 5000;
const BATCH = 100;
const BOUND = 10_000;

export class Telemetry {
  readonly #connection: Connection;
  readonly #sessionId: string;
  readonly #process = crypto.randomUUID();
  #queue: Event[] = [];
  #index = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(connection: Connection, sessionId: string) {
    this.#connection = connection;
    this.#sessionId = sessionId;
    this.#add('SESSION_START', 'INFO');
  }

  recordError(error: unknown): void {
    this.#add('UNHANDLED_EXCEPTION', 'ERROR', {
      error_type: TinkerError.is(error) ? `TinkerError.${error.code}` : 'Error',
      error_message: '',
    });
    void this.#flush();
  }

  async end(): Promise<void> {
    this.#add('SESSION_END', 'INFO');
    await this.#flush();
    clearTimeout(this.#timer);
  }

  #add(event: Event['event'], severity: Event['severity'], more: Partial<Event> = {}): void {
    if (this.#queue.length >= BOUND) return;
    this.#queue.push({
      event,
      event_id: crypto.randomUUID(),
      event_session_index: this.#index++,
      severity,
      timestamp: new Date().toISOString(),
      ...more,
    });
    if (this.#timer !== undefined) return;
    this.#timer = setTimeout(() => void this.#flush(), FLUSH_MS);
    unref(this.#timer);
  }

  /** Sends what there is; a batch that cannot be sent is dropped. */
  async #flush(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const { http } = this.#connection;
    while (this.#queue.length > 0) {
      const events = this.#queue.splice(0, BATCH);
      try {
        await this.#connection.call({
          method: 'POST',
          path: 'telemetry',
          json: {
            events,
            platform: 'javascript',
            sdk_version: http.sdkVersion,
            session_id: this.#sessionId,
            process_uuid: this.#process,
          },
          layers: 'none',
          timeoutMs: TIMEOUT_MS,
        });
      } catch {
        http.settings.logger.debug('telemetry could not be sent; dropped');
        return;
      }
    }
  }
}
