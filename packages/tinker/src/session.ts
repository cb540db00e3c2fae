/**
 * A session of the server: opened by the first call that needs it, kept alive by heartbeats, finished by `close`
 * (protocol, sections 3 and 6.3-6.4). It owns the counters that number models and samplers. Knows nothing of what the
 * clients do with them.
 */
import { unref } from './connection.js';
import type { Connection, Ready } from './connection.js';
import { badResponse, TinkerError } from './errors.js';
import { now, orAbort } from './http/limits.js';
import { SampleGate } from './sample-gate.js';
import { Telemetry } from './telemetry.js';

const HEARTBEAT_MS = 10_000;
const HEARTBEAT_TIMEOUT_MS = 10_000;
const COMPLAIN_AFTER_MS = 120_000;
const FINISH_TIMEOUT_MS = 10_000;

export type FinishReason = 'success' | 'errored' | 'interrupted';

export interface OpenSession extends Ready {
  readonly sessionId: string;
}

export class Session {
  readonly connection: Connection;
  /** One for all samplers: back-pressure concerns the account, not a sampler. */
  readonly gate: SampleGate;
  #open: Promise<OpenSession> | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #telemetry: Telemetry | undefined;
  #modelSeq = 0;
  #samplerSeq = 0;
  #lossSeq = 0;
  #ended = false;

  constructor(connection: Connection) {
    this.connection = connection;
    this.gate = new SampleGate(connection);
  }

  nextModelSeq = (): number => this.#modelSeq++;
  /** Shared by sampling sessions and ephemeral sampler saves. */
  nextSamplerSeq = (): number => this.#samplerSeq++;
  nextLossSeq = (): number => this.#lossSeq++;

  /** The session, opened once; a failed opening is tried again by the next call. */
  open(): Promise<OpenSession> {
    this.#open ??= this.#create().catch((error: unknown) => {
      this.#open = undefined;
      throw error;
    });
    return this.#open;
  }

  async #create(): Promise<OpenSession> {
    const ready = await this.connection.ready();
    const { http, auth } = this.connection;
    const { settings } = http;
    const answer = await http.call(
      {
        method: 'POST',
        path: 'create_session',
        json: {
          tags: settings.tags,
          user_metadata: settings.userMetadata,
          sdk_version: http.sdkVersion,
          ...(settings.projectId && { project_id: settings.projectId }),
          ...(settings.displayName &&
            ready.dialect.version === '0.38.0' && { display_name: settings.displayName }),
          type: 'create_session',
        },
        layers: 'A',
      },
      auth,
    );
    const body = (answer.json() ?? {}) as Record<string, unknown>;
    const sessionId = body['session_id'];
    if (typeof sessionId !== 'string')
      throw badResponse('create_session: the answer has no session_id', { body });
    for (const level of ['info', 'warning', 'error'] as const) {
      const text = body[`${level}_message`];
      if (typeof text === 'string') settings.logger[level === 'warning' ? 'warn' : level](text);
    }
    if (settings.telemetry) this.#telemetry = new Telemetry(this.connection, sessionId);
    this.#beat(sessionId, now());
    return { ...ready, sessionId };
  }

  /** Every ten seconds until the server says that the session is over. */
  #beat(sessionId: string, lastSuccess: number): void {
    if (this.#ended || this.connection.http.closing.aborted) return;
    this.#timer = setTimeout(() => {
      this.#sendHeartbeat(sessionId).then(
        () => this.#beat(sessionId, now()),
        (error: unknown) => {
          if (TinkerError.is(error, 'closed')) return;
          const { logger } = this.connection.http.settings;
          if (TinkerError.is(error, 'expired')) {
            logger.warn(`the server has finished session ${sessionId}; no more heartbeats`);
            return;
          }
          if (now() - lastSuccess > COMPLAIN_AFTER_MS)
            logger.warn(
              `no heartbeat has reached the server for ${Math.round((now() - lastSuccess) / 1000)} s: ${String(error)}`,
            );
          this.#beat(sessionId, lastSuccess);
        },
      );
    }, HEARTBEAT_MS);
    unref(this.#timer);
  }

  async #sendHeartbeat(sessionId: string): Promise<void> {
    await this.connection.call({
      method: 'POST',
      path: 'session_heartbeat',
      json: { session_id: sessionId, type: 'session_heartbeat' },
      layers: 'none',
      timeoutMs: HEARTBEAT_TIMEOUT_MS,
    });
  }

  /** For telemetry, if it is on. */
  recordError(error: unknown): void {
    this.#telemetry?.recordError(error);
  }

  /** Says that the session is over, where the server knows that call. Bounded in time; a failure is only logged. */
  async finish(reason: FinishReason, detail: string | undefined): Promise<void> {
    this.#ended = true;
    clearTimeout(this.#timer);
    if (!this.#open) return;
    const { http } = this.connection;
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), FINISH_TIMEOUT_MS);
    try {
      const { sessionId, dialect } = await orAbort(this.#open, limit.signal, 'finishing the session');
      await this.#telemetry?.end();
      if (dialect.version !== '0.38.0') return;
      await http.call(
        {
          method: 'POST',
          path: `sessions/${sessionId}/finish`,
          json: { reason: { type: reason }, detail: detail ?? null },
          layers: 'A',
          sdkMethod: 'ServiceClient.close',
          signal: limit.signal,
          accepts: status => status === 404,
        },
        this.connection.auth,
      );
    } catch (error) {
      http.settings.logger.warn(`the session could not be finished: ${String(error)}`);
    } finally {
      clearTimeout(timer);
    }
  }
}
