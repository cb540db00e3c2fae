/**
 * The embedded engine, as the program sees it: makes clients, finds models and checkpoints. All numerics happen in one worker
 * thread, so the program's event loop never waits for them. Knows nothing of plugins and configs.
 */
import { randomInt } from 'node:crypto';
import { realpathSync } from 'node:fs';
import { resolve } from 'node:path';
import {
  type BatchEstimate,
  type BatchSize,
  type CheckpointStore,
  type Engine,
  type LoraTrainingOptions,
  TinsmithError,
  type Tokenizer,
} from '@tinsmith/core';
import { loadModelTokenizer } from './weights/model-tokenizer.js';
import { releaseOnCollection } from './client-release.js';
import { localCheckpointStore } from './checkpoints/local-checkpoint-store.js';
import { openCheckpointPath } from './checkpoints/open-path.js';
import type { EngineContext } from './engine-context.js';
import {
  findModel,
  type ModelHub,
  type ModelPlaces,
  type ModelRegistry,
  type NeededFiles,
  noModels,
  rememberingHub,
} from './find-model.js';
import { LocalSamplingClient } from './local-sampling-client.js';
import { LocalFullTrainingClient, LocalTrainingClient } from './local-training-client.js';
import { SampleQueue } from './sampling/sample-queue.js';
import { defaultMemory } from './memory-budget.js';
import { defaultThreads } from './threads.js';
import { createGate } from './worker/native-gate.js';
import { describeModel, hasWeights } from './weights/model-source.js';
import { switchedTargets } from './weights/adapter-folder.js';
import type { BaseModel } from './worker/messages.js';
import { startWorker } from './worker/start-worker.js';
import { WorkerConnection } from './worker/worker-connection.js';

/** Fixed by the protocol; the scale of an update is alpha / rank. */
const loraAlpha = 32;

export interface LocalEngineOptions {
  /**
   * Threads of the numerics. Default: the number of physical cores, at most 4. The same calls give the same bits for the same
   * number of threads; another number may round sums in another order.
   */
  readonly threads?: number | undefined;
  /**
   * Precision of the matrices that decoding multiplies with, of base models and of adapters on them. `int8` is faster and its samples
   * come from a slightly other distribution than the one that is trained; their log-probabilities are those of that distribution. Default
   * `float32`.
   */
  readonly decoding?: 'float32' | 'int8' | undefined;
  /**
   * What weights, gradients and passes may take together, in bytes. How a training call is cut into pieces follows from it. Default:
   * three quarters of what is free when the engine starts, rounded down.
   */
  readonly memory?: number | undefined;
  /** Takes a line for people when a training call is cut into other pieces than the one before. Default: nobody does. */
  readonly say?: ((line: string) => void) | undefined;
  /** Folder of checkpoints. Default `checkpoints` in the working directory. */
  readonly checkpoints?: string | undefined;
  /** What relative paths are relative to. Default: that of the process. */
  readonly workingDirectory?: string | undefined;
  /** Models that can be named. Default none: a model is then a path, or an id on the hub. */
  readonly models?: ModelRegistry | undefined;
  /** Where ids such as `HuggingFaceTB/SmolLM2-135M-Instruct` are looked up. Default: with the settings of the environment. */
  readonly hub?: ModelHub | undefined;
}

export type FullTrainingSource = {
  readonly model:
    | string
    | {
        /** The content of a Hugging Face config.json. */
        readonly config: unknown;
        /** Of the starting weights: normal(0, 0.02), norms 1. None: random. */
        readonly seed?: number;
      };
};

export class LocalEngine implements Engine {
  readonly specification = 'v1';
  readonly answerSettings: { readonly decoding: 'float32' | 'int8' };
  /** What has been saved with this checkpoint folder, also by earlier runs. */
  readonly checkpoints: CheckpointStore;
  readonly #context: EngineContext;
  readonly #places: ModelPlaces;

  /** Starts the worker; nothing is loaded yet. Close the engine when done. */
  constructor(options: LocalEngineOptions = {}) {
    const {
      threads = defaultThreads(),
      decoding = 'float32',
      workingDirectory = process.cwd(),
      models = noModels,
    } = options;
    if (!Number.isInteger(threads) || threads < 1)
      throw new TinsmithError({
        code: 'ENGINE_OPTIONS',
        message: 'threads must be a positive integer',
        found: String(threads),
      });
    if (decoding !== 'float32' && decoding !== 'int8')
      throw new TinsmithError({
        code: 'ENGINE_OPTIONS',
        message: 'decoding must be float32 or int8',
        found: String(decoding),
      });
    this.answerSettings = { decoding };
    const memory = options.memory ?? defaultMemory();
    if (!(memory > 0))
      throw new TinsmithError({
        code: 'ENGINE_OPTIONS',
        message: 'memory must be a positive number of bytes',
        found: String(memory),
      });
    this.#places = { models, workingDirectory, hub: rememberingHub(options.hub) };
    const gate = createGate();
    const connection = new WorkerConnection(startWorker({ threads, memory, decoding, gate }), gate);
    let lastId = 0;
    this.#context = {
      connection,
      samples: new SampleQueue(connection),
      checkpoints: resolve(workingDirectory, options.checkpoints ?? 'checkpoints'),
      workingDirectory,
      memory,
      say: options.say ?? (() => undefined),
      nextId: () => ++lastId,
      releaseWithClient: releaseOnCollection(held => {
        connection.call('release', held).catch(() => undefined); // a closed engine holds nothing
      }),
    };
    this.checkpoints = localCheckpointStore(this.#context, connection);
  }

  /** @throws {TinsmithError} MODEL_NOT_FOUND, MODEL_UNSUPPORTED, LORA_OPTIONS and those of damaged files */
  async createLoraTrainingClient(options: LoraTrainingOptions): Promise<LocalTrainingClient> {
    const {
      rank = 32,
      seed = randomSeed(),
      trainAttn = true,
      trainMlp = true,
      trainUnembed = true,
    } = options;
    if (!Number.isInteger(rank) || rank < 1) throw wrongLora('rank must be a positive integer', String(rank));
    if (!Number.isInteger(seed)) throw wrongLora('seed must be an integer', String(seed));
    const targets = switchedTargets({ attn: trainAttn, mlp: trainMlp, unembed: trainUnembed });
    if (targets.length === 0)
      throw wrongLora('there is nothing to train', 'trainAttn, trainMlp and trainUnembed all false');
    const model = await this.#find(options.baseModel);
    const trainer = this.#context.nextId();
    const lora = { rank, alpha: loraAlpha, targets };
    const info = await this.#context.connection.call('createLoraTrainer', { trainer, model, lora, seed });
    return new LocalTrainingClient(this.#context, trainer, info);
  }

  /** Trains all parameters, of a model in a folder or of a new one: for pre-training. Not part of the engine contract. */
  async createFullTrainingClient({ model }: FullTrainingSource): Promise<LocalFullTrainingClient> {
    const source =
      typeof model === 'string'
        ? { model: await this.#find(model) }
        : { config: model.config, seed: model.seed ?? randomSeed() };
    const trainer = this.#context.nextId();
    const info = await this.#context.connection.call('createFullTrainer', { trainer, source });
    return new LocalFullTrainingClient(this.#context, trainer, info);
  }

  /** @param options.baseModel needed for an adapter made elsewhere that does not name its base model. */
  async createTrainingClientFromState(
    path: string,
    options: BaseModelOption = {},
  ): Promise<LocalTrainingClient> {
    return this.#openTrainer(path, options, false);
  }

  async createTrainingClientFromStateWithOptimizer(
    path: string,
    options: BaseModelOption = {},
  ): Promise<LocalTrainingClient> {
    return this.#openTrainer(path, options, true);
  }

  /** `modelPath` may also be the folder of a PEFT adapter; `baseModel` beside it says what it belongs to. */
  async createSamplingClient(
    source: { readonly baseModel: string } | { readonly modelPath: string; readonly baseModel?: string },
  ): Promise<LocalSamplingClient> {
    const { connection, nextId } = this.#context;
    const sampler = nextId();
    if (!('modelPath' in source)) {
      const model = await this.#find(source.baseModel);
      return new LocalSamplingClient(
        this.#context,
        sampler,
        await connection.call('openBaseSampler', { sampler, model }),
      );
    }
    const { folder, base } = await this.#openPath(source.modelPath, source.baseModel);
    const info = await connection.call('openSavedSampler', { sampler, folder, base });
    return new LocalSamplingClient(this.#context, sampler, info);
  }

  async getTokenizer(baseModel: string): Promise<Tokenizer> {
    const { folder } = await this.#find(baseModel, 'tokenizer');
    return loadModelTokenizer(folder);
  }

  /** @throws {TinsmithError} MEMORY_BUDGET when the longest sequence does not fit, and those of `createLoraTrainingClient` */
  async estimate(size: BatchSize): Promise<BatchEstimate> {
    const { folder } = await this.#find(size.baseModel, 'tokenizer');
    if (!hasWeights(folder))
      return {
        memoryBytes: undefined,
        seconds: undefined,
        basis: `the weights of ${size.baseModel} are not on this machine yet`,
      };
    const { estimateBatch } = await import('./estimate.js');
    return estimateBatch(this, size, describeModel(folder).config);
  }

  /** For inspection: how many samplers, trainers and base models the worker holds. */
  async census(): Promise<{ readonly samplers: number; readonly trainers: number; readonly models: number }> {
    return this.#context.connection.call('census', {});
  }

  /** Ends the worker thread. What is pending rejects with ENGINE_CLOSED. Safe to call twice. */
  async close(): Promise<void> {
    await this.#context.connection.close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close();
  }

  async #openTrainer(
    path: string,
    { baseModel }: BaseModelOption,
    withOptimizer: boolean,
  ): Promise<LocalTrainingClient> {
    const { folder, base, isWhole } = await this.#openPath(path, baseModel);
    const trainer = this.#context.nextId();
    const info = await this.#context.connection.call('openTrainer', { trainer, folder, base, withOptimizer });
    return new (isWhole ? LocalFullTrainingClient : LocalTrainingClient)(this.#context, trainer, info);
  }

  async #openPath(path: string, given: string | undefined) {
    const { folder, baseModel, isWhole } = openCheckpointPath(path, this.#context);
    const name = given ?? baseModel;
    const base = name === undefined || isWhole ? undefined : await this.#find(name);
    return { folder, base, isWhole };
  }

  /** One folder has one name, so that its weights are in memory once. */
  async #find(name: string, files: NeededFiles = 'all'): Promise<BaseModel> {
    const model = await findModel(name, { ...this.#places, files });
    return { ...model, folder: realpathSync(model.folder) };
  }
}

export interface BaseModelOption {
  readonly baseModel?: string;
}

const randomSeed = () => randomInt(2 ** 47);

function wrongLora(message: string, found: string): TinsmithError {
  return new TinsmithError({ code: 'LORA_OPTIONS', message, found, plugin: '@tinsmith/engine-local' });
}
