/** Training of one model at the service. Every call takes its place in the order at once. */
import {
  type AdamParams,
  type CustomLossFn,
  type Datum,
  type ForwardBackwardOutput,
  type LossFn,
  type LossFnConfig,
  type OptimStepOutput,
  runCustomLoss,
  type SamplingClient,
  type SaveOptions,
  type TrainingClient,
  type TrainingInfo,
} from '@tinsmith/core';
import type { TinkerFuture, TrainingClient as Client } from '@tinsmith/tinker';
import { type RemoteContext, remoteCall } from './context.js';
import { inputSize } from './input-size.js';
import { threePartPath } from './paths.js';
import { RemoteSamplingClient } from './remote-sampling-client.js';

export class RemoteTrainingClient implements TrainingClient {
  readonly #context: RemoteContext;
  readonly #client: Client;
  readonly #baseModel: string;
  #lastState: string | undefined;

  constructor(context: RemoteContext, client: Client, baseModel: string) {
    this.#context = context;
    this.#client = client;
    this.#baseModel = baseModel;
  }

  forward(data: readonly Datum[], lossFn: LossFn, config?: LossFnConfig): Promise<ForwardBackwardOutput> {
    this.#countTraining(data);
    return this.#call('Forward', () => this.#client.forward(data, lossFn, config));
  }

  forwardBackward(
    data: readonly Datum[],
    lossFn: LossFn,
    config?: LossFnConfig,
  ): Promise<ForwardBackwardOutput> {
    this.#countTraining(data);
    return this.#call('ForwardBackward', () => this.#client.forwardBackward(data, lossFn, config));
  }

  /** The data travel twice, so their tokens count twice. */
  async forwardBackwardCustom(data: readonly Datum[], lossFn: CustomLossFn): Promise<ForwardBackwardOutput> {
    this.#countTraining(data);
    this.#countTraining(data);
    let failure: { readonly error: unknown } | undefined;
    const pass = this.#call('ForwardBackward', () =>
      this.#client.forwardBackwardCustom(data, async (_, logprobs) => {
        try {
          return await runCustomLoss(lossFn, data, logprobs);
        } catch (error) {
          failure = { error };
          throw error;
        }
      }),
    );
    return pass.catch((error: unknown) => {
      throw failure ? failure.error : error; // the caller's own words, not the client's about them
    });
  }

  optimStep(params: AdamParams): Promise<OptimStepOutput> {
    return this.#call('OptimStep', () => this.#client.optimStep(params));
  }

  async saveState(name: string, options: SaveOptions = {}): Promise<{ readonly path: string }> {
    const saved = await this.#call('SaveWeights', () => this.#client.saveState(name, options));
    this.#lastState = saved.path;
    return saved;
  }

  async saveWeightsForSampler(name: string, options: SaveOptions = {}): Promise<{ readonly path: string }> {
    const { path } = await this.#call('SaveWeightsForSampler', () =>
      this.#client.saveWeightsForSampler(name, options),
    );
    return { path: threePartPath(path) };
  }

  async saveWeightsAndGetSamplingClient(): Promise<SamplingClient> {
    const call = { type: 'SaveWeightsForSampler', lastState: this.#lastState };
    const sampler = await remoteCall(this.#context, call, wait =>
      this.#client.saveWeightsAndGetSamplingClient(wait),
    );
    return new RemoteSamplingClient(this.#context, sampler, this.#baseModel);
  }

  async loadState(path: string): Promise<void> {
    await this.#call('LoadWeights', () => this.#client.loadState(path));
  }

  async loadStateWithOptimizer(path: string): Promise<void> {
    await this.#call('LoadWeights', () => this.#client.loadStateWithOptimizer(path));
  }

  /** How many parameters are trained only the service knows. */
  async getInfo(): Promise<TrainingInfo> {
    const { baseModel, loraRank } = await remoteCall(this.#context, { type: 'GetInfo' }, wait =>
      this.#client.getInfo(wait),
    );
    return { baseModel, loraRank };
  }

  #countTraining(data: readonly Datum[]): void {
    const tokens = data.reduce((sum, { modelInput }) => sum + inputSize(modelInput), 0);
    this.#context.budget.count(this.#baseModel, 'train', tokens);
  }

  #call<T>(type: string, submit: () => TinkerFuture<T>): Promise<T> {
    const call = { type, lastState: this.#lastState };
    return remoteCall(this.#context, call, wait => submit().result(wait));
  }
}
