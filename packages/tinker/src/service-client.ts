/**
 * The way in (protocol, section 17.2): one session on one server, from which training and sampling clients are made.
 * Making a ServiceClient sends nothing.
 */
import { Connection } from './connection.js';
import type { Dialect } from './dialect.js';
import { badInput, badResponse, TinkerError } from './errors.js';
import { pollResult, readSubmitted, waitFor } from './future.js';
import { Http } from './http/http.js';
import { now } from './http/limits.js';
import { modelInfo } from './model-info.js';
import { snakeKeys } from './names.js';
import { readSettings } from './options.js';
import type { ClientOptions } from './options.js';
import { parseTinkerPath, requireSamplerPath, requireStatePath } from './path.js';
import { RestClient } from './rest-client.js';
import type { ServerCapabilities, WeightsInfo } from './rest-types.js';
import { createSampler, SamplingClient } from './sampling-client.js';
import type { RetryOptions, SamplerHandle } from './sampling-client.js';
import { Session } from './session.js';
import type { FinishReason, OpenSession } from './session.js';
import { TrainingClient } from './training-client.js';
import type { LoraConfig, OptimizerConfig, TrainingInfo, WaitOptions } from './types.js';

export interface LoraTrainingOptions extends LoraConfig, WaitOptions {
  readonly baseModel: string;
  readonly userMetadata?: Readonly<Record<string, string>> | undefined;
  /** Fixed when the model is made (0.38.0). Default Adam. */
  readonly optimizerConfig?: OptimizerConfig | undefined;
}

export interface FromStateOptions extends WaitOptions {
  readonly baseModel?: string | undefined;
  readonly userMetadata?: Readonly<Record<string, string>> | undefined;
  /** Another account's credential for the checkpoint. */
  readonly weightsAccessToken?: string | undefined;
  /** A new optimiser for weights alone (0.38.0). */
  readonly optimizerConfig?: OptimizerConfig | undefined;
}

export interface CustomLossGraph {
  readonly name: string;
  /** `logprobs` first, at most 16. */
  readonly inputs: readonly { readonly name: string; readonly rank: 0 | 1 | 2 }[];
  /** A traced function in the format of section 27.6. */
  readonly graph: Readonly<Record<string, unknown>>;
}

const ADAM: OptimizerConfig = { type: 'adamw' };

export class ServiceClient {
  readonly #http: Http;
  readonly #session: Session;
  readonly #rest: RestClient;
  #closed: Promise<void> | undefined;

  constructor(options: ClientOptions = {}) {
    this.#http = new Http(readSettings(options));
    this.#session = new Session(new Connection(this.#http));
    // A connection set without a session, as the SDK has it: listings must not open one.
    this.#rest = new RestClient(new Connection(this.#http));
  }

  /** Which version of the protocol is spoken, and how that was found out. */
  async dialect(): Promise<Dialect> {
    return (await this.#session.connection.ready()).dialect;
  }

  /** The id of this client's session; opens it. */
  async sessionId(): Promise<string> {
    return (await this.#session.open()).sessionId;
  }

  /** Models of the server. Opens no session. */
  getServerCapabilities(options: WaitOptions = {}): Promise<ServerCapabilities> {
    return this.#rest.serverCapabilities('ServiceClient.get_server_capabilities', options);
  }

  /** Calls about runs, checkpoints, sessions and usage; shares this client's settings, opens no session. */
  createRestClient(): RestClient {
    return this.#rest;
  }

  /**
   * A new LoRA model (section 6.6). Errors: `bad_request` or `request_failed` for an unknown base model, a rank that is
   * too large, or no room.
   */
  createLoraTrainingClient(options: LoraTrainingOptions): Promise<TrainingClient> {
    const number = this.#session.nextModelSeq();
    const { trainAttn = true, trainMlp = true, trainUnembed = true } = options;
    if (!trainAttn && !trainMlp && !trainUnembed)
      return Promise.reject(badInput('at least one of trainAttn, trainMlp and trainUnembed must be true'));
    return waitFor(
      this.#createModel(number, options, 'ServiceClient.create_lora_training_client'),
      this.#wait(options),
      'createLoraTrainingClient',
    );
  }

  /** A new model with the weights of a `saveState` path and a fresh optimiser (section 6.11). */
  createTrainingClientFromState(path: string, options: FromStateOptions = {}): Promise<TrainingClient> {
    return this.#fromState(path, false, options, 'ServiceClient.create_training_client_from_state');
  }

  /** As `createTrainingClientFromState`, with the optimiser's state: training goes on where it was saved. */
  createTrainingClientFromStateWithOptimizer(
    path: string,
    options: FromStateOptions = {},
  ): Promise<TrainingClient> {
    return this.#fromState(
      path,
      true,
      options,
      'ServiceClient.create_training_client_from_state_with_optimizer',
    );
  }

  /** A sampler of a base model, or of a path of `saveWeightsForSampler` (section 6.14). */
  createSamplingClient(
    source: ({ readonly baseModel: string } | { readonly modelPath: string }) &
      WaitOptions & {
        readonly retry?: RetryOptions;
        /** Keep per-sequence data for the loss `stable_reinforce` (0.38.0). */
        readonly recordStabilityInfo?: boolean;
      },
  ): Promise<SamplingClient> {
    if ('modelPath' in source) requireSamplerPath(source.modelPath);
    else if (!source.baseModel) throw badInput('createSamplingClient needs a baseModel or a modelPath');
    return waitFor(
      createSampler(this.#session, source, 'ServiceClient.create_sampling_client'),
      this.#wait(source),
      'createSamplingClient',
    );
  }

  /** A sampler of another process, from what its `toJSON` gave. Its samples are numbered apart (section 3). */
  async samplingClientFromJSON(
    handle: SamplerHandle,
    options: { readonly retry?: RetryOptions } = {},
  ): Promise<SamplingClient> {
    return new SamplingClient(this.#session, await this.#session.open(), {
      ...handle,
      ...options,
      copy: true,
    });
  }

  /** A copy of a checkpoint of this or another account in this session (section 6.17; 0.38.0). Gives its path. */
  async copyWeights(
    path: string,
    options: WaitOptions & { readonly ttlSeconds?: number; readonly weightsAccessToken?: string } = {},
  ): Promise<string> {
    parseTinkerPath(path);
    const number = this.#session.nextModelSeq();
    const { sessionId } = await this.#session.open();
    return this.#rest.copy(
      { source_path: path, session_id: sessionId, model_seq_id: number, ttl_seconds: options.ttlSeconds },
      options.weightsAccessToken,
      'ServiceClient.copy_weights',
      options,
    );
  }

  /**
   * Uploads a traced loss and gives its id, for `forwardBackward(data, 'custom', { loss_id })` (section 27.6; 0.38.0).
   * There is nothing in JavaScript that traces one: `forwardBackwardCustom` runs a loss here instead.
   */
  async createCustomLoss(loss: CustomLossGraph): Promise<string> {
    const number = this.#session.nextLossSeq();
    const open = await this.#session.open();
    const body = {
      session_id: open.sessionId,
      custom_loss_seq_id: number,
      ...loss,
      type: 'create_custom_loss',
    };
    const sdkMethod = 'ServiceClient.create_custom_loss';
    return this.#submit('create_custom_loss', 'CreateCustomLoss', body, 'AB', sdkMethod, json => {
      if (typeof json['loss_id'] !== 'string')
        throw badResponse('create_custom_loss: the answer has no loss_id');
      return json['loss_id'];
    });
  }

  /**
   * Finishes the session and ends everything that waits, with `closed`. Always ends, within seconds, whatever the server
   * does; a second call does nothing.
   */
  close(reason: FinishReason = 'success', detail?: string): Promise<void> {
    this.#closed ??= this.#session.finish(reason, detail).finally(() => this.#http.close());
    return this.#closed;
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  // ---- models

  #wait({ signal, timeoutMs }: WaitOptions): WaitOptions {
    return { signal, timeoutMs: timeoutMs ?? this.#http.settings.resultTimeoutMs };
  }

  async #createModel(
    number: number,
    options: LoraTrainingOptions,
    sdkMethod: string,
  ): Promise<TrainingClient> {
    const open = await this.#session.open();
    const newer = open.dialect.version === '0.38.0';
    if (options.optimizerConfig && !newer)
      throw new TinkerError('unsupported', 'optimizerConfig (this server speaks the dialect of SDK 0.25.0)');
    const body = {
      session_id: open.sessionId,
      model_seq_id: number,
      base_model: options.baseModel,
      user_metadata: options.userMetadata,
      lora_config: {
        rank: options.rank ?? 32,
        seed: options.seed,
        train_unembed: options.trainUnembed ?? true,
        train_mlp: options.trainMlp ?? true,
        train_attn: options.trainAttn ?? true,
      },
      ...(newer && { optimizer_config: snakeKeys(options.optimizerConfig ?? ADAM) }),
      type: 'create_model',
    };
    const modelId = await this.#submit('create_model', 'CreateModel', body, 'A', sdkMethod, json => {
      if (typeof json['model_id'] !== 'string')
        throw badResponse('create_model: the result has no model_id', { body: json });
      return json['model_id'];
    });
    return this.#trainingClient(open, modelId, sdkMethod, options);
  }

  /** 0.38.0 asks for the facts as part of the creation; a probed server that has no such call is not held to it. */
  async #trainingClient(
    open: OpenSession,
    modelId: string,
    sdkMethod: string,
    options: { readonly baseModel?: string | undefined; readonly rank?: number | undefined },
  ): Promise<TrainingClient> {
    let info: TrainingInfo | undefined;
    if (open.dialect.version === '0.38.0')
      info = await modelInfo(this.#session.connection, modelId, sdkMethod).catch((error: unknown) => {
        if (!TinkerError.is(error, 'not_found') || !open.dialect.probed || !options.baseModel) throw error;
        return { modelId, baseModel: options.baseModel, loraRank: options.rank ?? 32 };
      });
    return new TrainingClient(this.#session, open, modelId, info);
  }

  #fromState(
    path: string,
    optimizer: boolean,
    options: FromStateOptions,
    sdkMethod: string,
  ): Promise<TrainingClient> {
    requireStatePath(path);
    const number = this.#session.nextModelSeq();
    const work = async (): Promise<TrainingClient> => {
      const open = await this.#session.open();
      if (open.dialect.version === '0.25.0' && !open.config.createByLoading)
        return this.#loadIntoNew(number, path, optimizer, options, sdkMethod);
      try {
        return await this.#createByLoading(open, number, path, optimizer, options, sdkMethod);
      } catch (error) {
        // A server that was taken for 0.38.0 by its configuration but cannot do this (section 23.3, 9).
        if (!TinkerError.is(error, 'unprocessable') || !open.dialect.probed) throw error;
        this.#http.settings.logger.warn(
          `create-by-load was refused, loading into a new model instead: ${error.message}`,
        );
        return this.#loadIntoNew(this.#session.nextModelSeq(), path, optimizer, options, sdkMethod);
      }
    };
    return waitFor(work(), this.#wait(options), 'createTrainingClientFromState');
  }

  async #createByLoading(
    open: OpenSession,
    number: number,
    path: string,
    optimizer: boolean,
    options: FromStateOptions,
    sdkMethod: string,
  ): Promise<TrainingClient> {
    const body = {
      session_id: open.sessionId,
      model_seq_id: number,
      base_model: options.baseModel,
      user_metadata: options.userMetadata,
      path,
      optimizer,
      weights_access_token: options.weightsAccessToken,
      ...(options.optimizerConfig && { optimizer_config: snakeKeys(options.optimizerConfig) }),
      type: 'load_weights',
    };
    const told = await this.#submit(
      'load_weights',
      'LoadWeights',
      body,
      'AB',
      sdkMethod,
      json => json['model_id'],
    );
    // The SDK computes the id and never reads it; a server that names another one knows better.
    const modelId = typeof told === 'string' ? told : `${open.sessionId}:train:${number}`;
    return this.#trainingClient(open, modelId, sdkMethod, options);
  }

  /** 0.25.0: the checkpoint's facts, a model of that size, and the load as its first request. */
  async #loadIntoNew(
    number: number,
    path: string,
    optimizer: boolean,
    options: FromStateOptions,
    sdkMethod: string,
  ): Promise<TrainingClient> {
    const facts: WeightsInfo = await this.#rest.weightsInfo(path, sdkMethod);
    const training = await this.#createModel(
      number,
      {
        baseModel: options.baseModel ?? facts.baseModel,
        rank: facts.loraRank,
        trainAttn: facts.trainAttn ?? true,
        trainMlp: facts.trainMlp ?? true,
        trainUnembed: facts.trainUnembed ?? true,
        userMetadata: options.userMetadata,
      },
      sdkMethod,
    );
    const token =
      options.weightsAccessToken === undefined ? {} : { weightsAccessToken: options.weightsAccessToken };
    const load = optimizer ? training.loadStateWithOptimizer(path, token) : training.loadState(path, token);
    await load.result();
    return training;
  }

  async #submit<T>(
    path: string,
    requestType: string,
    json: unknown,
    layers: 'A' | 'AB',
    sdkMethod: string,
    read: (body: Readonly<Record<string, unknown>>) => T,
  ): Promise<T> {
    const { connection } = this.#session;
    try {
      const started = now();
      const answer = await connection.call({ method: 'POST', path, json, layers, sdkMethod, pool: 'train' });
      const submitted = readSubmitted(answer, path, started);
      return await pollResult(connection, {
        requestId: submitted.requestId,
        requestType,
        sdkMethod,
        submitSeconds: submitted.seconds,
        json: read,
      });
    } catch (error) {
      this.#session.recordError(error);
      throw error;
    }
  }
}
