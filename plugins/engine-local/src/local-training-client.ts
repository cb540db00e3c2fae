/** Training of one set of weights, which live in the worker as long as this object. Every call takes its place in the order at once. */
import { resolve } from 'node:path';
import {
  type AdamParams,
  crossEntropyDatum,
  type CustomLossFn,
  customLossOutput,
  type Datum,
  type ForwardBackwardOutput,
  type LossFn,
  type LossFnConfig,
  type OptimStepOutput,
  runCustomLoss,
  type SamplingClient,
  type SaveOptions,
  TinsmithError,
  type TrainingClient,
  type TrainingInfo,
} from '@tinsmith/core';
import { checkName, checkpointPath, type CheckpointKind } from './checkpoints/checkpoint-path.js';
import { openCheckpointPath } from './checkpoints/open-path.js';
import type { EngineContext } from './engine-context.js';
import { LocalSamplingClient } from './local-sampling-client.js';
import { completeAdamParams } from './training/adam-params.js';
import { CallOrder } from './training/call-order.js';
import { completeLossConfig, ruleOf } from './training/loss-rules.js';
import { packData } from './training/pack-data.js';
import { describePlan, isSameLayout, type TrainingPlan } from './training/training-plan.js';
import { defaultShardBytes } from './weights/write-shards.js';
import type {
  CallName,
  PackedData,
  PassReply,
  PassRequest,
  Reply,
  Request,
  TrainerId,
  TrainerInfo,
} from './worker/messages.js';
import { buffersOf } from './worker/transfer.js';

export class LocalTrainingClient implements TrainingClient {
  readonly #context: EngineContext;
  readonly #trainer: TrainerId;
  readonly #info: TrainerInfo;
  readonly #order = new CallOrder();
  /** Of the last training call. */
  #plan: TrainingPlan | undefined;

  constructor(context: EngineContext, trainer: TrainerId, info: TrainerInfo) {
    this.#context = context;
    this.#trainer = trainer;
    this.#info = info;
    context.releaseWithClient(this, { trainer });
  }

  async forward(
    data: readonly Datum[],
    lossFn: LossFn,
    config: LossFnConfig = {},
  ): Promise<ForwardBackwardOutput> {
    return this.#pass(data, lossFn, config, true);
  }

  async forwardBackward(
    data: readonly Datum[],
    lossFn: LossFn,
    config: LossFnConfig = {},
  ): Promise<ForwardBackwardOutput> {
    return this.#pass(data, lossFn, config, false);
  }

  /** While `lossFn` runs, other clients' calls go on. */
  async forwardBackwardCustom(data: readonly Datum[], lossFn: CustomLossFn): Promise<ForwardBackwardOutput> {
    const targets = data.map(datum => crossEntropyDatum(datum));
    const packed = packData(targets, 'cross_entropy', this.#info);
    const layout = layoutOf(targets, packed);
    const request = { trainer: this.#trainer, loss: 'cross_entropy', lossConfig: {}, data: packed } as const;
    const { connection } = this.#context;
    return this.#order.hold(async release => {
      const forward = await connection.call('pass', { ...request, forwardOnly: true });
      const custom = await runCustomLoss(lossFn, data, splitLogprobs(forward.logprobs, layout));
      let start = 0;
      for (const gradient of custom.gradients) {
        // The gradient of cross-entropy is minus its weights.
        for (let i = 0; i < gradient.length; i++) packed.values.weights![start + i] = -gradient[i]!;
        start += gradient.length;
      }
      const backward = connection.call('pass', { ...request, forwardOnly: false }, buffersOf(packed));
      release();
      const reply = await backward;
      this.#notePlan(reply.plan);
      return customLossOutput(custom, outputOf(reply, layout));
    });
  }

  /** Metrics: `grad_norm:l2`, the global L2 norm of the accumulated gradient before clipping. */
  async optimStep(params: AdamParams = {}): Promise<OptimStepOutput> {
    const complete = completeAdamParams(params);
    const { gradNorm } = await this.call('optimStep', {
      trainer: this.#trainer,
      params: complete,
    });
    return { metrics: { 'grad_norm:l2': gradNorm } };
  }

  async saveState(name: string, options: SaveOptions = {}): Promise<{ readonly path: string }> {
    return this.#save(name, 'weights', options);
  }

  async saveWeightsForSampler(name: string, options: SaveOptions = {}): Promise<{ readonly path: string }> {
    return this.#save(name, 'sampler', options);
  }

  async saveWeightsAndGetSamplingClient(): Promise<SamplingClient> {
    return this.snapshot();
  }

  /** As {@link saveWeightsAndGetSamplingClient}, with the methods for inspection. */
  async snapshot(): Promise<LocalSamplingClient> {
    const sampler = this.#context.nextId();
    const { bytes } = await this.call('snapshot', { trainer: this.#trainer, sampler });
    return new LocalSamplingClient(this.#context, sampler, this.#info, bytes);
  }

  async loadState(path: string): Promise<void> {
    await this.#load(path, false);
  }

  async loadStateWithOptimizer(path: string): Promise<void> {
    await this.#load(path, true);
  }

  async getInfo(): Promise<LocalTrainingInfo> {
    const { baseModel, lora, trainableParameters } = this.#info;
    const { memory } = this.#context;
    return {
      baseModel,
      loraRank: lora?.rank ?? null,
      trainableParameters,
      memory,
      ...(this.#plan && { plan: this.#plan }),
    };
  }

  /** For inspection: the gradient accumulated since the last step, by tensor. */
  async gradients(): Promise<ReadonlyMap<string, Float64Array>> {
    const arrays = await this.call('gradients', { trainer: this.#trainer });
    return new Map(arrays.map(({ name, data }) => [name, data as Float64Array]));
  }

  /** For inspection: the trained tensors as they are after all calls made so far. */
  async parameters(): Promise<
    ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>
  > {
    const arrays = await this.call('parameters', { trainer: this.#trainer });
    return new Map(arrays.map(({ name, shape, data }) => [name, { shape, data: data as Float32Array }]));
  }

  /** Takes its place in the order of this client's calls now. */
  protected call<N extends CallName>(
    name: N,
    request: Request<N>,
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<Reply<N>> {
    return this.#order.submit(() => this.#context.connection.call(name, request, transfer));
  }

  protected get context(): EngineContext {
    return this.#context;
  }

  protected get trainer(): TrainerId {
    return this.#trainer;
  }

  async #pass(
    data: readonly Datum[],
    lossFn: LossFn,
    config: LossFnConfig,
    forwardOnly: boolean,
  ): Promise<ForwardBackwardOutput> {
    const { name: loss } = ruleOf(lossFn);
    const lossConfig = completeLossConfig(loss, config);
    const packed = packData(data, loss, this.#info);
    const layout = layoutOf(data, packed); // `packed` is gone after the call
    const request: PassRequest = { trainer: this.#trainer, loss, lossConfig, data: packed, forwardOnly };
    const reply = await this.call('pass', request, buffersOf(packed));
    if (!forwardOnly) this.#notePlan(reply.plan);
    return outputOf(reply, layout);
  }

  #notePlan(plan: TrainingPlan): void {
    // How much memory it takes varies with each batch; that is no other plan.
    if (!this.#plan || !isSameLayout(plan, this.#plan))
      this.#context.say(`training ${this.#info.baseModel}: ${describePlan(plan, this.#info.layers)}`);
    this.#plan = plan;
  }

  async #save(
    name: string,
    kind: CheckpointKind,
    { ttlSeconds, overwrite = false }: SaveOptions,
  ): Promise<{ readonly path: string }> {
    checkName(name);
    const { checkpoints: root } = this.#context;
    if (ttlSeconds !== undefined && !(ttlSeconds > 0))
      throw new TinsmithError({
        code: 'SAVE_OPTIONS',
        message: 'ttlSeconds must be a positive number of seconds',
        found: String(ttlSeconds),
      });
    await this.call('saveCheckpoint', {
      trainer: this.#trainer,
      kind,
      root,
      name,
      overwrite,
      ttlSeconds,
    });
    return { path: checkpointPath(name, kind) };
  }

  async #load(path: string, withOptimizer: boolean): Promise<void> {
    const { folder } = openCheckpointPath(path, this.#context);
    await this.call('loadState', { trainer: this.#trainer, folder, withOptimizer });
  }
}

/** What the embedded engine adds: how the last training call was cut into pieces. */
export interface LocalTrainingInfo extends TrainingInfo {
  /** The engine's memory budget, in bytes. */
  readonly memory: number;
  /** None before the first call. */
  readonly plan?: TrainingPlan;
}

/** Of each datum: how many targets, and the shape in which their log-probabilities are given back. */
type Layout = readonly { readonly size: number; readonly shape: readonly number[] }[];

function layoutOf(data: readonly Datum[], { lengths, choices }: PackedData): Layout {
  return data.map(({ lossFnInputs }, index) => {
    const size = lengths[index]! * choices[index]!;
    return { size, shape: lossFnInputs['target_tokens']!.shape ?? [size] };
  });
}

function splitLogprobs(logprobs: Float32Array, layout: Layout): Float32Array[] {
  let start = 0;
  return layout.map(({ size }) => logprobs.slice(start, (start += size)));
}

function outputOf({ logprobs, loss }: PassReply, layout: Layout): ForwardBackwardOutput {
  const lossFnOutputs = splitLogprobs(logprobs, layout).map((row, index) => {
    const { shape } = layout[index]!;
    return { logprobs: { data: Array.from(row), dtype: 'float32', shape } as const };
  });
  return { lossFnOutputs, metrics: { 'loss:sum': loss } };
}

export interface SaveModelOptions {
  /** Default bfloat16: rounded to nearest. */
  readonly dtype?: 'bfloat16' | 'float32';
  /** Of each file of weights; a model that is larger gets several with an index. Default 5e9, as Transformers splits. */
  readonly maxShardBytes?: number;
  /** Files to copy beside the weights, e.g. tokenizer.json and tokenizer_config.json. */
  readonly tokenizerFiles?: readonly string[];
}

/** Training of all parameters of a model. */
export class LocalFullTrainingClient extends LocalTrainingClient {
  /**
   * Writes the model as a folder in Hugging Face layout, which other programs and `createLoraTrainingClient` take as a base model.
   * An existing folder is replaced as a whole.
   */
  async saveModel(folder: string, options: SaveModelOptions = {}): Promise<void> {
    const { dtype = 'bfloat16', maxShardBytes = defaultShardBytes, tokenizerFiles = [] } = options;
    if (!(maxShardBytes > 0))
      throw new TinsmithError({
        code: 'SAVE_OPTIONS',
        message: 'maxShardBytes must be a positive number',
        found: String(maxShardBytes),
      });
    const { workingDirectory } = this.context;
    await this.call('saveModel', {
      trainer: this.trainer,
      folder: resolve(workingDirectory, folder),
      type: dtype === 'float32' ? 'F32' : 'BF16',
      maxShardBytes,
      tokenizerFiles: tokenizerFiles.map(file => resolve(workingDirectory, file)),
    });
  }
}
