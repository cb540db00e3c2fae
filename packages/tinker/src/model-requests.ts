/**
 * Requests of one model: numbered, sent in order, and turned into handles (protocol, sections 8 and 10.2). Knows how calls
 * travel; what they are for is in training-client.ts.
 */
import { combineOutputs, estimateDatumBytes, splitIntoChunks } from './chunking.js';
import type { Datum } from './data.js';
import { TinkerError } from './errors.js';
import { pollResult, readSubmitted, TinkerFuture } from './future.js';
import type { Submitted } from './future.js';
import { now } from './http/limits.js';
import type { OpenSession, Session } from './session.js';
import { Turns } from './turns.js';
import type { ForwardBackwardOutput } from './types.js';
import { checkEncodable, checkTrainingCall } from './validate.js';
import type { LossFnConfig } from './validate.js';
import { decodeForwardBackward, forwardBackwardFromJson } from './wire/results.js';
import { encodeTrainingRequest } from './wire/training-request.js';

/** What a submission needs to become a result. */
export interface Kind<T> {
  readonly path: string;
  readonly type: string;
  readonly sdkMethod: string;
  readonly read: (body: Readonly<Record<string, unknown>>) => T;
}

interface EncodedChunk {
  readonly body: Uint8Array<ArrayBuffer>;
  readonly estimate: number;
}

type Json = Readonly<Record<string, unknown>>;

export class ModelRequests {
  readonly modelId: string;
  /** Whether the server speaks the dialect of SDK 0.38.0. */
  readonly newer: boolean;
  readonly turns = new Turns();
  readonly #session: Session;

  constructor(session: Session, open: OpenSession, modelId: string) {
    this.#session = session;
    this.newer = open.dialect.version === '0.38.0';
    this.modelId = modelId;
  }

  get checksInputs(): boolean {
    return this.#session.connection.http.settings.checkInputs;
  }

  /** A call with one number and a JSON body. */
  call<T>(body: Json | (() => Json), kind: Kind<T>): TinkerFuture<T> {
    const [seqId] = this.turns.reserve(1);
    const saves = kind.path.startsWith('save_');
    const type = kind.path;
    const submitted = this.turns.enqueue(async () => {
      const started = now();
      const answer = await this.#session.connection.call({
        method: 'POST',
        path: kind.path,
        json: () => ({
          model_id: this.modelId,
          ...(typeof body === 'function' ? body() : body),
          ...(kind.path !== 'unload_model' && { seq_id: seqId }),
          type,
        }),
        pool: 'train',
        layers: saves ? 'B' : 'AB',
        sdkMethod: kind.sdkMethod,
        // A taken name does not become free by waiting five minutes (trap 7); a repeat of our own may meet itself.
        ...(saves && { final: (status: number, attempt: number) => status === 409 && attempt === 0 }),
      });
      return [readSubmitted(answer, kind.path, started)] as const;
    });
    const result = submitted.then(([one]) => this.#result(one, kind));
    return this.handle(submitted, result, kind.sdkMethod);
  }

  handle<T>(
    submitted: Promise<readonly Submitted[]>,
    result: Promise<T>,
    sdkMethod: string,
  ): TinkerFuture<T> {
    result.catch((error: unknown) => this.#session.recordError(error));
    const ids = submitted.then(all => all.map(one => one.requestId));
    return new TinkerFuture(ids, result, sdkMethod, this.#session.connection.http.settings.resultTimeoutMs);
  }

  #result<T>(
    submitted: Submitted,
    kind: Pick<Kind<T>, 'type' | 'sdkMethod' | 'read'>,
    protobuf?: (bytes: Uint8Array) => T,
  ): Promise<T> {
    return pollResult(this.#session.connection, {
      requestId: submitted.requestId,
      requestType: kind.type,
      sdkMethod: kind.sdkMethod,
      submitSeconds: submitted.seconds,
      json: kind.read,
      ...(protobuf && { protobuf }),
    });
  }

  // ---- training passes

  split(data: readonly Datum[]): Datum[][] {
    const { maxChunkDatums, maxChunkBytes } = this.#session.connection.config;
    return splitIntoChunks(data, { maxDatums: maxChunkDatums, maxBytes: maxChunkBytes });
  }

  /** A training pass: as many requests as the data need, one result. */
  train(
    data: readonly Datum[],
    lossFn: string,
    config: LossFnConfig | undefined,
    forwardOnly: boolean,
    sdkMethod: string,
  ): TinkerFuture<ForwardBackwardOutput> {
    checkEncodable(data);
    if (this.checksInputs) checkTrainingCall(data, lossFn, config);
    const chunks = this.split(data);
    const seqs = this.turns.reserve(chunks.length);
    const requests = this.#encode(chunks, seqs, lossFn, config, forwardOnly);
    const submitted = this.turns.enqueue(() => this.#send(requests, sdkMethod));
    const type = forwardOnly ? 'Forward' : 'ForwardBackward';
    const result = submitted.then(all => this.combined(all, type, sdkMethod));
    return this.handle(submitted, result, sdkMethod);
  }

  #encode(
    chunks: readonly (readonly Datum[])[],
    seqs: readonly number[],
    lossFn: string,
    lossFnConfig: LossFnConfig | undefined,
    forwardOnly: boolean,
  ): EncodedChunk[] {
    return chunks.map((data, index) => ({
      body: encodeTrainingRequest(
        { modelId: this.modelId, seqId: seqs[index]!, data, lossFn, lossFnConfig, forwardOnly },
        this.newer,
      ),
      estimate: data.reduce((sum, datum) => sum + estimateDatumBytes(datum), 0),
    }));
  }

  sendChunks(
    chunks: readonly (readonly Datum[])[],
    seqs: readonly number[],
    lossFn: string,
    config: LossFnConfig | undefined,
    forwardOnly: boolean,
    sdkMethod: string,
  ): Promise<Submitted[]> {
    return this.#send(this.#encode(chunks, seqs, lossFn, config, forwardOnly), sdkMethod);
  }

  /** Chunks 2..n together, then the first, so that the server starts the whole group at once; or one by one (10.2). */
  async #send(chunks: readonly EncodedChunk[], sdkMethod: string): Promise<Submitted[]> {
    const [first, ...rest] = chunks;
    try {
      if (!this.#session.connection.config.parallelChunks) {
        const all: Submitted[] = [];
        for (const chunk of chunks) all.push(await this.#sendChunk(chunk, sdkMethod));
        return all;
      }
      const settled = await Promise.allSettled(rest.map(chunk => this.#sendChunk(chunk, sdkMethod)));
      const failed = settled.find(each => each.status === 'rejected');
      if (failed) throw failed.reason;
      const others = settled.map(each => (each as PromiseFulfilledResult<Submitted>).value);
      return [await this.#sendChunk(first!, sdkMethod), ...others];
    } catch (error) {
      // Part of the batch is with the server, or its numbers have a gap: neither may be trained on.
      if (chunks.length > 1 && TinkerError.is(error) && error.code !== 'closed') this.turns.giveUp(error);
      throw error;
    }
  }

  async #sendChunk(chunk: EncodedChunk, sdkMethod: string): Promise<Submitted> {
    const { connection } = this.#session;
    const leave = await connection.trainingBytes.enter(chunk.estimate, undefined, sdkMethod);
    try {
      const started = now();
      const answer = await connection.call({
        method: 'POST',
        path: 'forward_backward',
        protobuf: chunk.body,
        pool: 'train',
        layers: 'AB',
        sdkMethod,
      });
      return readSubmitted(answer, 'forward_backward', started);
    } finally {
      leave();
    }
  }

  async combined(
    submitted: readonly Submitted[],
    type: string,
    sdkMethod: string,
  ): Promise<ForwardBackwardOutput> {
    const kind = { type, sdkMethod, read: forwardBackwardFromJson };
    return combineOutputs(
      await Promise.all(submitted.map(one => this.#result(one, kind, decodeForwardBackward))),
    );
  }
}
