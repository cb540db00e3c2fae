/**
 * A connection set: the server's configuration, its refresh, and the credential, shared by everything that talks to one
 * server (protocol, sections 2, 6.1 and 6.2). Lazy: nothing is sent before the first call. Knows nothing of sessions.
 */
import { Auth } from './auth.js';
import { probeDialect } from './dialect.js';
import type { Dialect } from './dialect.js';
import { TinkerError } from './errors.js';
import type { Answer, Call, Http } from './http/http.js';
import { Budget } from './http/limits.js';

export interface ServerConfig {
  readonly tokens: boolean;
  readonly parallelChunks: boolean;
  readonly maxChunkDatums: number;
  readonly maxChunkBytes: number;
  readonly trainingBytesInFlight: number;
  readonly promptBytesInFlight: number;
  readonly resultBytesInFlight: number;
  readonly maxConcurrentSamples: number;
  readonly sampleWithoutRetries: boolean;
  readonly sampleStuckDetection: boolean;
  readonly billingWindowSeconds: number;
  readonly createByLoading: boolean;
  readonly sessionPoller: boolean;
  readonly joinSamplingSession: boolean;
}

type Flags = Readonly<Record<string, unknown>>;

/** Absent or null means the default. */
export function readConfig(flags: Flags): ServerConfig {
  const flag = (name: string, or: boolean): boolean => (typeof flags[name] === 'boolean' ? flags[name] : or);
  const count = (name: string, or: number): number => {
    const value = flags[name];
    return typeof value === 'number' && value > 0 ? value : or;
  };
  return {
    tokens: flag('pjwt_auth_enabled', false),
    parallelChunks: flag('parallel_fwdbwd_chunks', true),
    maxChunkDatums: count('fwdbwd_max_chunk_len', 1024),
    maxChunkBytes: count('fwdbwd_max_chunk_bytes_count', 5_000_000),
    trainingBytesInFlight: count('fwdbwd_dispatch_bytes_semaphore_size', 50_000_000),
    promptBytesInFlight: count('sample_dispatch_bytes_semaphore_size', 10_485_760),
    resultBytesInFlight: count('inflight_response_bytes_semaphore_size', 52_428_800),
    maxConcurrentSamples: count('sample_max_concurrent_requests', 2000),
    sampleWithoutRetries: flag('sample_no_retries', false),
    sampleStuckDetection: flag('sample_enable_stuck_detection', true),
    billingWindowSeconds: count('billing_exception_max_pause_duration_sec', 3600),
    createByLoading: flag('create_model_via_load_weights', false),
    sessionPoller: flag('sample_use_retrieve_futures', false),
    joinSamplingSession: flag('sample_join_sampling_session', false),
  };
}

export interface Ready {
  readonly config: ServerConfig;
  readonly dialect: Dialect;
}

export class Connection {
  readonly http: Http;
  readonly auth: Auth;
  readonly trainingBytes: Budget;
  readonly promptBytes: Budget;
  readonly resultBytes: Budget;
  #ready: Promise<Ready> | undefined;
  #config: ServerConfig = readConfig({});
  /** From `client/dynamic_config`, which is asked for again from time to time. */
  #cancelSamples = false;
  #maxCancels = 64;
  #refresh: ReturnType<typeof setTimeout> | undefined;

  constructor(http: Http) {
    this.http = http;
    this.auth = new Auth(http.settings);
    this.trainingBytes = new Budget(() => this.#config.trainingBytesInFlight, 0);
    this.promptBytes = new Budget(() => this.#config.promptBytesInFlight, 0);
    this.resultBytes = new Budget(() => this.#config.resultBytesInFlight, 0);
    const closing = http.closing;
    closing.addEventListener('abort', () => {
      clearTimeout(this.#refresh);
      for (const budget of [this.trainingBytes, this.promptBytes, this.resultBytes])
        budget.close(closing.reason as Error);
    });
  }

  get config(): ServerConfig {
    return this.#config;
  }

  get cancelsSamples(): boolean {
    return this.#cancelSamples;
  }

  get maxCancels(): number {
    return this.#maxCancels;
  }

  /** The start-up calls, once; a failed start is tried again by the next call. */
  ready(): Promise<Ready> {
    this.#ready ??= this.#start().catch((error: unknown) => {
      this.#ready = undefined;
      throw error;
    });
    return this.#ready;
  }

  /** A call after the start-up. */
  async call(call: Call): Promise<Answer> {
    await this.ready();
    return this.http.call(call, this.auth);
  }

  async #start(): Promise<Ready> {
    const { settings } = this.http;
    const asked = settings.dialect === 'auto' ? '0.38.0' : settings.dialect;
    this.http.sdkVersion = settings.clientVersion ?? asked;
    const flags = await this.#ask('client/config', 'AB', 60_000);
    this.#config = readConfig(flags ?? {});
    this.http.billingWindowMs = this.#config.billingWindowSeconds * 1000;
    for (const budget of [this.trainingBytes, this.promptBytes, this.resultBytes]) budget.wake();
    if (this.#config.tokens) await this.auth.useTokens(this.http);
    await this.#refreshDynamic();
    const dialect = await probeDialect(this.http, this.auth, flags);
    this.http.sdkVersion = settings.clientVersion ?? dialect.version;
    return { config: this.#config, dialect };
  }

  /** Undefined on 404: older servers have neither of the two (section 23.3). */
  async #ask(path: string, layers: 'AB' | 'B', timeoutMs: number): Promise<Flags | undefined> {
    const answer = await this.http.call(
      {
        method: 'POST',
        path,
        json: { sdk_version: this.http.sdkVersion },
        layers,
        timeoutMs,
        accepts: status => status === 404,
      },
      this.auth,
    );
    return answer.status === 404 ? undefined : ((answer.json() ?? {}) as Flags);
  }

  async #refreshDynamic(): Promise<void> {
    const flags = (await this.#ask('client/dynamic_config', 'B', 10_000)) ?? {};
    this.#cancelSamples = flags['sample_cancel_enabled'] === true;
    this.#maxCancels = Number(flags['sample_cancel_max_batch_size'] ?? 64);
    const seconds = Math.max(Number(flags['refresh_interval_sec'] ?? 300) || 300, 10);
    if (this.http.closing.aborted) return;
    this.#refresh = setTimeout(() => {
      this.#refreshDynamic().catch((error: unknown) => {
        if (TinkerError.is(error) && error.code === 'closed') return;
        this.http.settings.logger.debug(`client/dynamic_config could not be refreshed: ${String(error)}`);
        this.#refresh = setTimeout(() => void this.#refreshDynamic().catch(() => {}), seconds * 1000);
        unref(this.#refresh);
      });
    }, seconds * 1000);
    unref(this.#refresh);
  }
}

/** A timer that does not keep Node alive; elsewhere timers never do. */
export function unref(timer: ReturnType<typeof setTimeout>): void {
  (timer as { unref?: () => void }).unref?.();
}
