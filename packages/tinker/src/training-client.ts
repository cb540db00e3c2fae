/**
 * Training one model (protocol, sections 6.8-6.13, 8, 10 and 17.3). Every method takes its place in the order when it is
 * called, and returns a handle: two calls without awaiting between them are pipelined.
 */
import { customLossPasses } from './custom-loss.js';
import type { CustomLossFn } from './custom-loss.js';
import type { Datum } from './data.js';
import { badResponse, TinkerError } from './errors.js';
import { waitFor } from './future.js';
import type { TinkerFuture } from './future.js';
import { modelInfo } from './model-info.js';
import { ModelRequests } from './model-requests.js';
import { snakeKeys } from './names.js';
import { requireCheckpointName, requireSamplerPath, requireStatePath } from './path.js';
import { createSampler, SamplingClient } from './sampling-client.js';
import type { RetryOptions } from './sampling-client.js';
import type { OpenSession, Session } from './session.js';
import { loadTokenizer } from './tokenizer.js';
import type {
  AdamParams,
  ForwardBackwardOutput,
  OptimStepOutput,
  OtherOptimizerParams,
  TrainingInfo,
  WaitOptions,
} from './types.js';
import { checkEncodable, checkTrainingCall } from './validate.js';
import type { LossFnConfig } from './validate.js';
import { metricsFromJson } from './wire/results.js';

export interface SaveOptions {
  /** Expiry from now in seconds; none = never. */
  readonly ttlSeconds?: number | undefined;
  /** Replace a state of that name; otherwise an existing one is an error. `saveState` only. */
  readonly overwrite?: boolean | undefined;
  /** Kept with the checkpoint (0.38.0). */
  readonly userMetadata?: Readonly<Record<string, string>> | undefined;
}

export interface ExternalSaveOptions {
  readonly ttlSeconds?: number | undefined;
  /** age recipients, at most 10: the files are then encrypted for them. */
  readonly ageEncryptionRecipients?: readonly string[] | undefined;
}

export interface SamplerOptions extends WaitOptions {
  readonly retry?: RetryOptions | undefined;
  /** `inflight`: a sampler that moves to the newest weights with every later in-flight save (0.38.0). */
  readonly kind?: 'snapshot' | 'inflight' | undefined;
  /** Keep per-sequence data for the loss `stable_reinforce` (0.38.0). */
  readonly recordStabilityInfo?: boolean | undefined;
}

type Json = Readonly<Record<string, unknown>>;

export class TrainingClient {
  readonly modelId: string;
  readonly #session: Session;
  readonly #open: OpenSession;
  readonly #requests: ModelRequests;
  readonly #info: { known: TrainingInfo | undefined };

  /** Made by a ServiceClient; `info` is what creating the model told, if anything. */
  constructor(session: Session, open: OpenSession, modelId: string, info: TrainingInfo | undefined) {
    this.#session = session;
    this.#open = open;
    this.modelId = modelId;
    this.#requests = new ModelRequests(session, open, modelId);
    this.#info = { known: info };
  }

  /**
   * Losses and outputs without gradients (section 6.8). One `logprobs` per datum, shape [N] or [N, K].
   * Errors: `bad_input` before sending; `bad_request`, `unprocessable`, `request_failed` from the server.
   */
  forward(
    data: readonly Datum[],
    lossFn: string,
    config?: LossFnConfig,
  ): TinkerFuture<ForwardBackwardOutput> {
    return this.#requests.train(data, lossFn, config, true, 'TrainingClient.forward');
  }

  /**
   * Adds the gradient of the loss, a plain sum over tokens and datums, to the accumulated one, which the next
   * `optimStep` uses up (sections 6.8, 10 and 12). Large batches travel in several requests; the result is one.
   * The data are encoded during the call: they may be changed after it.
   */
  forwardBackward(
    data: readonly Datum[],
    lossFn: string,
    config?: LossFnConfig,
  ): TinkerFuture<ForwardBackwardOutput> {
    return this.#requests.train(data, lossFn, config, false, 'TrainingClient.forward_backward');
  }

  /**
   * A loss of the caller's own on the logprobs (section 10.4): one forward pass, then `lossFn`, then a backward pass with
   * the gradients that it returned. `loss:sum` of the result is the caller's loss. Both passes have their numbers at
   * once, so `optimStep` may be called right after; it is sent when the backward pass is. If `lossFn` throws, nothing is
   * trained, the result is `bad_input` with what was thrown as its cause, and the client goes on.
   */
  forwardBackwardCustom(data: readonly Datum[], lossFn: CustomLossFn): TinkerFuture<ForwardBackwardOutput> {
    const sdkMethod = 'TrainingClient.forward_backward_custom';
    checkEncodable(data);
    const passes = customLossPasses(data, lossFn);
    if (this.#requests.checksInputs) checkTrainingCall(passes.forward, 'cross_entropy', undefined);
    // The backward pass has weights everywhere, as the forward pass has, so both split at the same places.
    const chunks = this.#requests.split(passes.forward);
    const forwardSeqs = this.#requests.turns.reserve(chunks.length);
    const backwardSeqs = this.#requests.turns.reserve(chunks.length);
    let failure: { readonly error: unknown } | undefined;
    const send = (parts: readonly (readonly Datum[])[], seqs: readonly number[], forwardOnly: boolean) =>
      this.#requests.sendChunks(parts, seqs, 'cross_entropy', undefined, forwardOnly, sdkMethod);
    const submitted = this.#requests.turns.enqueue(async () => {
      const forward = await send(chunks, forwardSeqs, true);
      let weighted: readonly Datum[];
      try {
        weighted = await passes.backward(await this.#requests.combined(forward, 'Forward', sdkMethod));
      } catch (error) {
        failure = { error };
        // The backward pass has its numbers, and the server would wait for them: forward passes use them up and train nothing.
        const unused = chunks.map(chunk => chunk.slice(0, 1));
        this.#requests.turns.owe(() => send(unused, backwardSeqs, true));
        return forward;
      }
      let from = 0;
      const backwardChunks = chunks.map(({ length }) => weighted.slice(from, (from += length)));
      return send(backwardChunks, backwardSeqs, false);
    });
    const result = submitted.then(async backward => {
      if (failure) throw lossError(failure.error);
      return passes.finish(await this.#requests.combined(backward, 'ForwardBackward', sdkMethod));
    });
    return this.#requests.handle(submitted, result, sdkMethod);
  }

  /**
   * Applies the accumulated gradient and clears it (sections 6.10 and 13). A step without a gradient is legal. With
   * `{ type, ... }` the parameters of another optimiser family (0.38.0).
   */
  optimStep(params: AdamParams | OtherOptimizerParams = {}): TinkerFuture<OptimStepOutput> {
    const other = 'type' in params && params.type !== 'adamw';
    if (other && !this.#requests.newer) throw unsupported('optimiser families other than Adam');
    const adam = params as AdamParams;
    const body = other
      ? { optimizer_params: snakeKeys(params) }
      : {
          adam_params: {
            learning_rate: adam.learningRate ?? 1e-4,
            beta1: adam.beta1 ?? 0.9,
            beta2: adam.beta2 ?? 0.95,
            eps: adam.eps ?? 1e-12,
            weight_decay: adam.weightDecay ?? 0,
            grad_clip_norm: adam.gradClipNorm ?? 0,
          },
        };
    return this.#requests.call(body, {
      path: 'optim_step',
      type: 'OptimStep',
      sdkMethod: 'TrainingClient.optim_step',
      read: json => ({ metrics: metricsFromJson(json['metrics']) }),
    });
  }

  /**
   * Weights and optimiser state, to go on training from: `tinker://<run>/weights/<name>` (sections 6.12 and 15).
   * Errors: `conflict` or `request_failed` if the name is taken.
   */
  saveState(name: string, options: SaveOptions = {}): TinkerFuture<{ readonly path: string }> {
    requireCheckpointName(name);
    const body = {
      path: name,
      ttl_seconds: options.ttlSeconds,
      overwrite: options.overwrite ?? false,
      ...this.#metadata(options),
    };
    return this.#requests.call(body, {
      path: 'save_weights',
      type: 'SaveWeights',
      sdkMethod: 'TrainingClient.save_state',
      read: requirePath,
    });
  }

  /** Weights alone, to sample from: `tinker://<run>/sampler_weights/<name>` (sections 6.13 and 15). */
  saveWeightsForSampler(name: string, options: SaveOptions = {}): TinkerFuture<{ readonly path: string }> {
    requireCheckpointName(name);
    const body = {
      path: name,
      ttl_seconds: options.ttlSeconds,
      ...this.#metadata(options),
      ...(this.#requests.newer && { kind: 'snapshot' }),
    };
    return this.#requests.call(body, {
      path: 'save_weights_for_sampler',
      type: 'SaveWeightsForSampler',
      sdkMethod: 'TrainingClient.save_weights_for_sampler',
      read: requirePath,
    });
  }

  /** Files for other programs, in PEFT layout: `tinker://<run>/external_weights/<name>` (section 6.13; 0.38.0). */
  saveWeightsExternal(
    name: string,
    options: ExternalSaveOptions = {},
  ): TinkerFuture<{ readonly path: string; readonly sizeBytes?: number }> {
    if (!this.#requests.newer) throw unsupported('exports');
    requireCheckpointName(name);
    const body = {
      path: name,
      ttl_seconds: options.ttlSeconds,
      age_encryption_recipients: options.ageEncryptionRecipients,
    };
    return this.#requests.call(body, {
      path: 'save_weights_external',
      type: 'SaveWeightsExternal',
      sdkMethod: 'TrainingClient.save_weights_external',
      read: json => ({
        ...requirePath(json),
        ...(typeof json['size_bytes'] === 'number' && { sizeBytes: json['size_bytes'] }),
      }),
    });
  }

  /** Weights of a `saveState` path, with a fresh optimiser. On the service only as a model's first request (section 15). */
  loadState(
    path: string,
    options: { readonly weightsAccessToken?: string } = {},
  ): TinkerFuture<{ readonly path?: string }> {
    return this.#load(path, false, options.weightsAccessToken, 'TrainingClient.load_state');
  }

  /** As `loadState`, with the optimiser's state. */
  loadStateWithOptimizer(
    path: string,
    options: { readonly weightsAccessToken?: string } = {},
  ): TinkerFuture<{ readonly path?: string }> {
    return this.#load(path, true, options.weightsAccessToken, 'TrainingClient.load_state_with_optimizer');
  }

  #load(
    path: string,
    optimizer: boolean,
    token: string | undefined,
    sdkMethod: string,
  ): TinkerFuture<{ readonly path?: string }> {
    requireStatePath(path);
    return this.#requests.call(
      { path, optimizer, weights_access_token: token },
      {
        path: 'load_weights',
        type: 'LoadWeights',
        sdkMethod,
        read: json => (typeof json['path'] === 'string' ? { path: json['path'] } : {}),
      },
    );
  }

  /**
   * An ephemeral sampler with the weights as they are after all calls made so far; later steps do not move it
   * (sections 6.13 and 14).
   */
  saveWeightsAndGetSamplingClient(options: SamplerOptions = {}): Promise<SamplingClient> {
    const kind = options.kind ?? 'snapshot';
    if (kind !== 'snapshot' && !this.#requests.newer) throw unsupported('in-flight samplers');
    const sdkMethod = 'TrainingClient.save_weights_and_get_sampling_client';
    const future = this.#requests.call(
      // A new number per attempt, as the SDK sends it; the server goes by `seq_id` (section 8.3).
      () => ({
        sampling_session_seq_id: this.#session.nextSamplerSeq(),
        ...(this.#requests.newer && { kind }),
      }),
      {
        path: 'save_weights_for_sampler',
        type: 'SaveWeightsForSampler',
        sdkMethod,
        read(json) {
          const id = json['sampling_session_id'];
          if (typeof id !== 'string')
            throw badResponse('the saved sampler has no sampling_session_id', { body: json });
          return id;
        },
      },
    );
    const { retry, recordStabilityInfo } = options;
    return future.result(options).then(
      id =>
        new SamplingClient(this.#session, this.#open, {
          samplingSessionId: id,
          baseModel: this.#info.known?.baseModel,
          retry,
          recordStabilityInfo,
        }),
    );
  }

  /** A sampler from a path of `saveWeightsForSampler`. */
  createSamplingClient(
    modelPath: string,
    options: WaitOptions & { readonly retry?: RetryOptions } = {},
  ): Promise<SamplingClient> {
    requireSamplerPath(modelPath);
    return waitFor(
      createSampler(
        this.#session,
        { modelPath, retry: options.retry },
        'TrainingClient.create_sampling_client',
      ),
      options,
      'createSamplingClient',
    );
  }

  /** Base model, rank and tokenizer of this model; asked for once (section 6.7). */
  async getInfo(options: WaitOptions = {}): Promise<TrainingInfo> {
    this.#info.known ??= await modelInfo(
      this.#session.connection,
      this.modelId,
      'TrainingClient.get_info',
      options.signal,
    );
    return this.#info.known;
  }

  /** What `loader` makes of the tokenizer id of this model: this package has no tokenizer of its own. */
  async getTokenizer<T>(loader: (tokenizerId: string) => T | Promise<T>): Promise<T> {
    return loadTokenizer(await this.getInfo(), loader);
  }

  /**
   * Frees the model on servers that have the call (section 6.19): SkyRL keeps one of few slots per model until its session
   * ends. The hosted service has no such call.
   */
  unload(): TinkerFuture<void> {
    if (this.#requests.newer) throw unsupported('unloading a model: a model ends with its session', '0.38.0');
    return this.#requests.call(
      {},
      { path: 'unload_model', type: 'UnloadModel', sdkMethod: 'TrainingClient.unload', read: () => {} },
    );
  }

  #metadata(options: SaveOptions): Json {
    if (!options.userMetadata) return {};
    if (!this.#requests.newer) throw unsupported('metadata of checkpoints');
    return { user_metadata: options.userMetadata };
  }
}

const lossError = (error: unknown): TinkerError =>
  TinkerError.is(error)
    ? error
    : new TinkerError('bad_input', `the custom loss failed: ${String(error)}`, { cause: error });

function requirePath(json: Json): { readonly path: string } {
  if (typeof json['path'] !== 'string') throw badResponse('the saved checkpoint has no path', { body: json });
  return { path: json['path'] };
}

const unsupported = (what: string, version = '0.25.0'): TinkerError =>
  new TinkerError('unsupported', `${what} (this server speaks the dialect of SDK ${version})`);
