/**
 * The remote engine: a session at a service that speaks the Tinker API, and clients of it with the meaning of Tinsmith's contract.
 * Nothing is sent before the first call. Knows nothing of configs and runs.
 */
import type {
  CheckpointStore,
  Engine,
  LoraTrainingOptions,
  ModelSource,
  Registry,
  SamplingClient,
  TokenPrices,
  Tokenizer,
  TrainingClient,
  WaitEvent,
} from '@tinsmith/core';
import {
  type Credential,
  type DialectVersion,
  HOSTED_URL,
  ServiceClient,
  type TrainingClient as Client,
  type WaitOptions,
} from '@tinsmith/tinker';
import { Budget } from './budget.js';
import { RemoteCheckpoints } from './checkpoint-store.js';
import { type RemoteContext, remoteCall } from './context.js';
import { priceOf } from './prices.js';
import { RemoteSamplingClient } from './remote-sampling-client.js';
import { RemoteTrainingClient } from './remote-training-client.js';
import { seedFor } from './seed.js';
import { tokenizerFor } from './tokenizer.js';
import { Waits } from './waits.js';

export interface TinkerEngineOptions {
  /** Default: TINKER_API_KEY. */
  readonly apiKey?: Credential | undefined;
  /** Default: TINKER_BASE_URL, else hosted Tinker. */
  readonly baseUrl?: string | undefined;
  /** Default `auto`. */
  readonly dialect?: DialectVersion | 'auto' | undefined;
  readonly project?: string | undefined;
  /** Name of the session at the service. */
  readonly displayName?: string | undefined;
  /** Default 3600. */
  readonly deadlineSeconds?: number | undefined;
  /** Base model to hub id or folder. */
  readonly tokenizers?: Readonly<Record<string, string>> | undefined;
  readonly prices?: Readonly<Record<string, TokenPrices>> | undefined;
  /** Counts what is used. Default: one without limits. */
  readonly budget?: Budget | undefined;
  /** Models of plugins, for their tokenizers. Default: none. */
  readonly models?: Pick<Registry<ModelSource>, 'has' | 'get'> | undefined;
  /** Told when the service lets a call wait, and when it goes on. */
  readonly onWait?: ((event: WaitEvent) => void) | undefined;
  /** A line for people. Default: to stderr. */
  readonly notice?: ((line: string) => void) | undefined;
}

const UNLOAD_MS = 5000;

export class TinkerEngine implements Engine {
  readonly specification = 'v1';
  readonly checkpoints: CheckpointStore;
  readonly #context: RemoteContext;
  readonly #options: TinkerEngineOptions;
  readonly #notice: (line: string) => void;
  readonly #clients: Client[] = [];
  #connected: Promise<void> | undefined;

  constructor(options: TinkerEngineOptions = {}) {
    const { baseUrl = process.env['TINKER_BASE_URL'] || HOSTED_URL, notice = console.warn } = options;
    const waits = new Waits(options.onWait ?? (() => {}));
    this.#options = { ...options, baseUrl };
    this.#notice = notice;
    const warn = (message: string) => notice(`tinker: ${message}`);
    const service = new ServiceClient({
      apiKey: options.apiKey,
      baseUrl,
      dialect: options.dialect,
      projectId: options.project,
      displayName: options.displayName,
      logger: { debug() {}, info() {}, warn, error: warn },
      onQueueState: event => waits.hear(event),
    });
    const { budget = unlimited(), deadlineSeconds = 3600 } = options;
    this.#context = { service, baseUrl, deadlineMs: deadlineSeconds * 1000, budget, waits };
    this.checkpoints = new RemoteCheckpoints(this.#context);
  }

  /** The service, without a key that an address may carry. */
  get answerSettings(): { readonly service: string } {
    const { host, pathname } = new URL(this.#context.baseUrl);
    return { service: `${host}${pathname}` };
  }

  /** @throws PRICE_UNKNOWN, and what the service refuses */
  async createLoraTrainingClient(options: LoraTrainingOptions): Promise<TrainingClient> {
    this.#context.budget.admit(options.baseModel);
    const client = await this.#call('CreateModel', async wait => {
      const seed = options.seed === undefined ? undefined : await seedFor(this.#context, options.seed);
      return this.#context.service.createLoraTrainingClient({ ...options, seed, ...wait });
    });
    return this.#keep(client, options.baseModel);
  }

  createTrainingClientFromState(path: string): Promise<TrainingClient> {
    return this.#fromState(wait => this.#context.service.createTrainingClientFromState(path, wait));
  }

  createTrainingClientFromStateWithOptimizer(path: string): Promise<TrainingClient> {
    return this.#fromState(wait =>
      this.#context.service.createTrainingClientFromStateWithOptimizer(path, wait),
    );
  }

  async createSamplingClient(
    source: { readonly baseModel: string } | { readonly modelPath: string },
  ): Promise<SamplingClient> {
    if ('baseModel' in source) this.#context.budget.admit(source.baseModel);
    const { client, baseModel } = await this.#call('CreateSamplingSession', async wait => {
      const made = await this.#context.service.createSamplingClient({ ...source, ...wait });
      return { client: made, baseModel: await made.getBaseModel(wait) };
    });
    this.#context.budget.admit(baseModel);
    return new RemoteSamplingClient(this.#context, client, baseModel);
  }

  getTokenizer(baseModel: string): Promise<Tokenizer> {
    const { tokenizers = {}, models = { has: () => false, get: name => Promise.reject(new Error(name)) } } =
      this.#options;
    return tokenizerFor(baseModel, { tokenizers, models });
  }

  tokenPrices(baseModel: string): TokenPrices | undefined {
    return priceOf(baseModel, { baseUrl: this.#context.baseUrl, prices: this.#options.prices ?? {} });
  }

  /** Ends the session and what waits. Within seconds, whatever the service does; safe to call twice. */
  async close(reason: 'success' | 'errored' | 'interrupted' = 'success'): Promise<void> {
    await Promise.all(this.#clients.splice(0).map(unload));
    await this.#context.service.close(reason);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #fromState(make: (wait: WaitOptions) => Promise<Client>): Promise<TrainingClient> {
    const { client, baseModel } = await this.#call('LoadWeights', async wait => {
      const made = await make(wait);
      return { client: made, baseModel: (await made.getInfo(wait)).baseModel };
    });
    const kept = this.#keep(client, baseModel);
    this.#context.budget.admit(baseModel);
    return kept;
  }

  #keep(client: Client, baseModel: string): TrainingClient {
    this.#clients.push(client);
    return new RemoteTrainingClient(this.#context, client, baseModel);
  }

  #call<T>(type: string, send: (wait: WaitOptions) => Promise<T>): Promise<T> {
    return remoteCall(this.#context, { type }, async wait => {
      this.#connected ??= this.#connect();
      await this.#connected;
      return send(wait);
    });
  }

  /** Shows whom we talk to, and in which version of the protocol. */
  async #connect(): Promise<void> {
    const { service, baseUrl } = this.#context;
    const { version, evidence } = await service.dialect();
    this.#notice(`tinker: ${baseUrl} speaks the protocol of SDK ${version} (${evidence})`);
  }
}

const unlimited = () => new Budget({ maxTokens: undefined, maxCost: undefined, priceOf: () => undefined });

/** SkyRL has few places for models, and frees one only on request or minutes after the session. */
async function unload(client: Client): Promise<void> {
  try {
    await client.unload().result({ timeoutMs: UNLOAD_MS });
  } catch {
    // The hosted service has no such call, and a server that is gone holds nothing.
  }
}
