/**
 * Sampling from frozen weights (protocol, sections 6.15, 9.2 layer C, 9.3, 14 and 17.4). Samples have no order; each has
 * a number, so that a repeat after a lost answer is not a second sample.
 */
import { estimatePromptBytes } from './chunking.js';
import type { ModelInput } from './data.js';
import { badResponse, statusError, TinkerError } from './errors.js';
import { pollResult, readSubmitted, waitFor } from './future.js';
import type { Submitted } from './future.js';
import { bodyOf, requestIdOf } from './http/http.js';
import type { Answer } from './http/http.js';
import { now, slots } from './http/limits.js';
import type { Budget } from './http/limits.js';
import { checkSample, completeSample, sampleBody } from './sample-request.js';
import type { SampleRequest } from './sample-request.js';
import { SessionPoller } from './session-poller.js';
import type { OpenSession, Session } from './session.js';
import { loadTokenizer } from './tokenizer.js';
import type { SampleResponse, WaitOptions } from './types.js';
import { decodeSample, sampleFromJson } from './wire/results.js';

/** Layer C of section 9.2. */
export interface RetryOptions {
  /** Default true; false leaves the repeats of submissions and polls, but repeats no sample. */
  readonly enabled?: boolean;
  /** Without one finished sample for so long, calls fail. Default 7,200,000. */
  readonly progressTimeoutMs?: number;
  /** Delays grow from this to `delayMaxMs`, by halves and doubles. Defaults 500 and 10,000. */
  readonly delayBaseMs?: number;
  readonly delayMaxMs?: number;
  /** Samples of this client under way at once; the server's own limit counts too. */
  readonly maxConcurrent?: number;
}

export interface SamplerSource {
  readonly samplingSessionId: string;
  readonly baseModel?: string | undefined;
  readonly retry?: RetryOptions | undefined;
  readonly recordStabilityInfo?: boolean | undefined;
  /** A revived copy: its numbers must not meet those of the original. */
  readonly copy?: boolean;
}

/** What `toJSON` gives: enough to sample from the same weights in another process, without a credential. */
export interface SamplerHandle {
  readonly samplingSessionId: string;
  readonly baseModel?: string;
  readonly recordStabilityInfo?: boolean;
}

/** Numbers of a copy start at its own number times this (section 3). */
const COPY_STRIDE = 1_000_000_000n;

export class SamplingClient {
  readonly samplingSessionId: string;
  readonly #session: Session;
  readonly #open: OpenSession;
  readonly #retry: RetryOptions;
  readonly #recordStability: boolean;
  readonly #running: Budget;
  readonly #cancels: Budget;
  #baseModel: string | undefined;
  #next = 0;
  #copy: Promise<bigint> | undefined;
  #poller: Promise<SessionPoller> | undefined;
  #progressAt = now();

  constructor(session: Session, open: OpenSession, source: SamplerSource) {
    const { connection } = session;
    this.#session = session;
    this.#open = open;
    this.samplingSessionId = source.samplingSessionId;
    this.#baseModel = source.baseModel;
    this.#retry = source.retry ?? {};
    this.#recordStability = source.recordStabilityInfo ?? false;
    const own = this.#retry.maxConcurrent ?? Infinity;
    this.#running = open.config.sessionPoller
      ? slots(own)
      : slots(Math.min(own, open.config.maxConcurrentSamples));
    this.#cancels = slots(connection.maxCancels);
    if (source.copy) this.#copy = copyNumber(session, open, source.samplingSessionId);
  }

  /**
   * `numSamples` continuations of the prompt. Logprobs are those of the unscaled, unfiltered distribution, one per token,
   * the stop token included. Errors: `bad_input`; `bad_request`, `unprocessable`, `request_failed` from the server;
   * `timeout`, `aborted`.
   */
  sample(request: SampleRequest): Promise<SampleResponse> {
    return this.#sample(request, 'SamplingClient.sample');
  }

  /**
   * One log-probability per token of the prompt; the first is null. The server generates one token for it, which is
   * thrown away (trap 29).
   */
  async computeLogprobs(
    prompt: ModelInput,
    options: WaitOptions & { readonly promptLogprobsLastN?: number } = {},
  ): Promise<readonly (number | null)[]> {
    const request = {
      ...options,
      prompt,
      numSamples: 1,
      samplingParams: { maxTokens: 1 },
      includePromptLogprobs: true,
    };
    const { promptLogprobs } = await this.#sample(request, 'SamplingClient.compute_logprobs');
    if (!promptLogprobs) throw badResponse('compute_logprobs: the answer has no prompt logprobs');
    return promptLogprobs;
  }

  async getBaseModel(options: WaitOptions = {}): Promise<string> {
    this.#baseModel ??= await samplerBaseModel(
      this.#session,
      this.samplingSessionId,
      'SamplingClient.get_base_model',
      options.signal,
    );
    return this.#baseModel;
  }

  /** What `loader` makes of the tokenizer id of the base model. */
  async getTokenizer<T>(loader: (tokenizerId: string) => T | Promise<T>): Promise<T> {
    return loadTokenizer({ baseModel: await this.getBaseModel() }, loader);
  }

  toJSON(): SamplerHandle {
    return {
      samplingSessionId: this.samplingSessionId,
      ...(this.#baseModel !== undefined && { baseModel: this.#baseModel }),
      ...(this.#recordStability && { recordStabilityInfo: true }),
    };
  }

  // ---- one sample

  get #newer(): boolean {
    return this.#open.dialect.version === '0.38.0';
  }

  #sample(request: SampleRequest, sdkMethod: string): Promise<SampleResponse> {
    const { settings } = this.#session.connection.http;
    const first = this.#next++;
    const options = { timeoutMs: request.timeoutMs ?? settings.resultTimeoutMs, signal: request.signal };
    const work = async (): Promise<SampleResponse> => {
      if (settings.checkInputs) checkSample(request, this.#newer);
      const giveUp = new AbortController();
      const ended = waitFor(this.#repeat(request, first, sdkMethod, giveUp.signal), options, sdkMethod);
      try {
        return await ended;
      } catch (error) {
        giveUp.abort(error);
        throw error;
      }
    };
    const result = work();
    result.catch((error: unknown) => this.#session.recordError(error));
    return result;
  }

  /** Layer C: the sample again after an outage, or anew (another number) if the server lost it. */
  async #repeat(
    request: SampleRequest,
    first: number,
    sdkMethod: string,
    signal: AbortSignal,
  ): Promise<SampleResponse> {
    const { connection } = this.#session;
    const {
      enabled = true,
      delayBaseMs = 500,
      delayMaxMs = 10_000,
      progressTimeoutMs = 7_200_000,
    } = this.#retry;
    const leave = await this.#running.enter(1, signal, sdkMethod);
    const started = now();
    let number = first;
    try {
      for (let attempt = 0; ; attempt++) {
        try {
          const response = await this.#once(request, number, sdkMethod, signal);
          this.#progressAt = now();
          return response;
        } catch (error) {
          if (!TinkerError.is(error)) throw error;
          const lost = error.code === 'expired';
          if (!(lost || error.retryable) || !enabled || connection.config.sampleWithoutRetries) throw error;
          if (
            connection.config.sampleStuckDetection &&
            now() - Math.max(this.#progressAt, started) > progressTimeoutMs
          )
            throw new TinkerError(
              'connection',
              `no sample has finished for ${progressTimeoutMs} ms: ${error.message}`,
              {
                cause: error,
              },
            );
          if (lost) number = this.#next++;
          const delay = Math.min(delayBaseMs * 2 ** attempt, delayMaxMs) * (0.75 + 0.5 * Math.random());
          await connection.http.pause(Math.min(delay, delayMaxMs), {
            method: 'POST',
            path: 'asample',
            signal,
          });
        }
      }
    } finally {
      leave();
    }
  }

  async #once(
    request: SampleRequest,
    number: number,
    sdkMethod: string,
    signal: AbortSignal,
  ): Promise<SampleResponse> {
    const { connection } = this.#session;
    const submitted = await this.#submit(request, number, sdkMethod, signal);
    try {
      const { sessionPoller } = this.#open.config;
      const poller = sessionPoller ? await (this.#poller ??= this.#makePoller()) : undefined;
      const completion = await poller?.completion(submitted.requestId, signal);
      const size = completion?.size;
      const leaveRoom =
        size === undefined ? undefined : await connection.resultBytes.enter(size, signal, sdkMethod);
      try {
        const response = await pollResult(connection, {
          requestId: submitted.requestId,
          requestType: 'Sample',
          sdkMethod,
          submitSeconds: submitted.seconds,
          json: sampleFromJson,
          protobuf: decodeSample,
          signal,
          roomTaken: size !== undefined,
        });
        poller?.acknowledge(submitted.requestId);
        return completeSample(response, request, submitted.sampleSequenceIds);
      } finally {
        leaveRoom?.();
      }
    } catch (error) {
      if (signal.aborted && connection.cancelsSamples) void this.#cancel(submitted.requestId);
      throw error;
    }
  }

  async #submit(
    request: SampleRequest,
    number: number,
    sdkMethod: string,
    signal: AbortSignal,
  ): Promise<Submitted> {
    const { connection } = this.#session;
    const copy = this.#copy ? await this.#copy : 0n;
    const seqId = copy === 0n ? number : copy * COPY_STRIDE + BigInt(number);
    const body = sampleBody(
      request,
      { samplingSessionId: this.samplingSessionId, seqId },
      { newer: this.#newer, recordStability: this.#recordStability },
    );
    const started = now();
    const send = (): Promise<Answer> =>
      connection.call({
        method: 'POST',
        path: 'asample',
        json: body,
        headers: { 'X-Tinker-Sampling-Backpressure': '1' },
        pool: 'sample',
        layers: 'B',
        sdkMethod,
        signal,
        accepts: status => status === 429 || status === 402,
      });
    const answer = await this.#session.gate.dispatch(estimatePromptBytes(request.prompt), signal, send);
    if (answer.status !== 200)
      throw statusError(answer.status, 'POST asample', bodyOf(answer), requestIdOf(answer), false);
    return readSubmitted(answer, 'asample', started);
  }

  async #makePoller(): Promise<SessionPoller> {
    const copy = this.#copy ? await this.#copy : 0n;
    return new SessionPoller(this.#session.connection, this.samplingSessionId, copy);
  }

  /** Only where the server's dynamic configuration asks for it; nobody waits for it. */
  async #cancel(requestId: string): Promise<void> {
    const { connection } = this.#session;
    const leave = await this.#cancels.enter(1);
    try {
      await connection.call({
        method: 'POST',
        path: 'cancel_future',
        json: { request_id: requestId },
        layers: 'B',
        timeoutMs: 30_000,
      });
    } catch (error) {
      connection.http.settings.logger.debug(`a sample could not be cancelled: ${String(error)}`);
    } finally {
      leave();
    }
  }
}

/** The server's number for a copy where it gives one out, else a random one (section 3). */
async function copyNumber(session: Session, open: OpenSession, samplingSessionId: string): Promise<bigint> {
  if (!open.config.joinSamplingSession) return BigInt(1 + Math.floor(Math.random() * 1e9));
  const answer = await session.connection.call({
    method: 'POST',
    path: 'join_sampling_session',
    json: { sampling_session_id: samplingSessionId, type: 'join_sampling_session' },
    layers: 'AB',
    sdkMethod: 'SamplingClient.sample',
  });
  const counter = (answer.json() as { client_counter?: unknown } | undefined)?.client_counter;
  if (typeof counter !== 'number')
    throw badResponse('join_sampling_session: the answer has no client_counter');
  return BigInt(counter);
}

export async function samplerBaseModel(
  session: Session,
  samplingSessionId: string,
  sdkMethod: string,
  signal?: AbortSignal,
): Promise<string> {
  const answer = await session.connection.call({
    method: 'GET',
    path: `samplers/${samplingSessionId}`,
    layers: 'AB',
    sdkMethod,
    signal,
  });
  const base = (answer.json() as { base_model?: unknown } | undefined)?.base_model;
  if (typeof base !== 'string') throw badResponse('samplers: the answer names no base model');
  return base;
}

/** A sampler of a base model or of a saved checkpoint (section 6.14). */
export async function createSampler(
  session: Session,
  source: {
    readonly baseModel?: string | undefined;
    readonly modelPath?: string | undefined;
    readonly retry?: RetryOptions | undefined;
    readonly recordStabilityInfo?: boolean | undefined;
  },
  sdkMethod: string,
): Promise<SamplingClient> {
  const number = session.nextSamplerSeq();
  const open = await session.open();
  const answer = await session.connection.call({
    method: 'POST',
    path: 'create_sampling_session',
    json: {
      session_id: open.sessionId,
      sampling_session_seq_id: number,
      base_model: source.baseModel,
      model_path: source.modelPath,
      type: 'create_sampling_session',
    },
    layers: 'A',
    sdkMethod,
  });
  const id = (answer.json() as { sampling_session_id?: unknown } | undefined)?.sampling_session_id;
  if (typeof id !== 'string')
    throw badResponse('create_sampling_session: the answer has no sampling_session_id');
  const asks = source.modelPath !== undefined && open.dialect.version === '0.38.0';
  const baseModel = asks ? await samplerBaseModel(session, id, sdkMethod) : source.baseModel;
  const { retry, recordStabilityInfo } = source;
  return new SamplingClient(session, open, { samplingSessionId: id, baseModel, retry, recordStabilityInfo });
}
