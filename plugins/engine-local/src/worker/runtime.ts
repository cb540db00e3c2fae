/**
 * What the worker holds: base models, trainers and samplers, and one function per call. One call runs at a time, to its end.
 * Knows nothing of threads and messages.
 */
import { createHash } from 'node:crypto';
import { copyFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { TinsmithError } from '@tinsmith/core';
import { writeFolder } from '../checkpoints/atomic-folder.js';
import { hashFile } from '../checkpoints/checkpoint-record.js';
import {
  loadCheckpoint,
  loadOptimizer,
  openRecord,
  saveCheckpoint,
  writeModel,
} from '../checkpoints/checkpoint-files.js';
import type { LoraConfig, ModelConfig } from '../model/index.js';
import { sampleCalls } from '../sampling/sample-calls.js';
import { visitLogits } from '../sampling/score.js';
import { startingFactors, startingWeights } from '../training/starting-weights.js';
import { Trainer } from '../training/trainer.js';
import { parseConfig, readJson } from '../weights/model-folder.js';
import { describeModel, readWeights, weightFiles } from '../weights/model-source.js';
import { hasTokenizer, loadModelTokenizer } from '../weights/model-tokenizer.js';
import { elementCount, type FloatTensors } from '../weights/safetensors.js';
import { GraphSessions } from './graph-sessions.js';
import type {
  BaseModel,
  CallName,
  NamedArray,
  ModelInfo,
  Reply,
  Request,
  SamplerId,
  TrainerId,
  TrainerInfo,
  WorkerOptions,
} from './messages.js';
import { bytesOf, copyTensors, makePolicy, type Policy, wrapTensors } from './policy.js';

/** Answers every call: a method for each. */
export type CallHandlers = { [N in CallName]: (request: Request<N>) => Reply<N> | Promise<Reply<N>> };

/** A model as it was found in a folder or GGUF file. */
interface LoadedModel {
  readonly folder: string;
  readonly configJson: Readonly<Record<string, unknown>>;
  readonly info: ModelInfo;
  readonly base: Policy;
  /** Of configuration and weights; made on first use. */
  hash: string | undefined;
}

interface HeldTrainer {
  readonly trainer: Trainer;
  readonly info: TrainerInfo;
  readonly configJson: Readonly<Record<string, unknown>>;
  /** What the trainer's LoRA factors are added to; undefined if all parameters are trained. */
  readonly model: LoadedModel | undefined;
  /** Where the tokenizer is; undefined for a model made from a configuration alone. */
  readonly folder: string | undefined;
}

interface HeldSampler {
  readonly policy: Policy;
  readonly info: ModelInfo;
  readonly folder: string | undefined;
}

export class Runtime implements CallHandlers {
  readonly #options: WorkerOptions;
  readonly #models = new Map<string, LoadedModel>();
  /** By configuration, so that all policies of one shape share their sessions. */
  readonly #graphs = new Map<string, GraphSessions>();
  readonly #trainers = new Map<TrainerId, HeldTrainer>();
  readonly #samplers = new Map<SamplerId, HeldSampler>();
  readonly #tokenizers = new Map<string, Promise<(tokens: readonly number[]) => string>>();
  /** Sample requests that nobody waits for. */
  readonly #cancelled = new Set<number>();

  constructor(options: WorkerOptions) {
    this.#options = options;
  }

  cancelSamples(ids: readonly number[]): void {
    for (const id of ids) this.#cancelled.add(id);
  }

  openBaseSampler({ sampler, model }: Request<'openBaseSampler'>): ModelInfo {
    const { base: policy, info, folder } = this.#load(model);
    this.#samplers.set(sampler, { policy, info, folder });
    return info;
  }

  openSavedSampler({ sampler, folder, base }: Request<'openSavedSampler'>): ModelInfo {
    const record = openRecord(folder, 'sampler');
    if (record && !record.lora) {
      const model = this.#load({ name: record.base_model, folder });
      this.#samplers.set(sampler, { policy: model.base, info: model.info, folder: base?.folder ?? folder });
      return model.info;
    }
    const model = this.#load(requireBase(base, folder));
    const { lora, parameters } = loadCheckpoint(folder, 'sampler', model.base.config);
    this.#checkBase(model, record?.base_model_hash, folder);
    this.#samplers.set(sampler, {
      policy: makePolicy(model.base, lora, parameters),
      info: model.info,
      folder: model.folder,
    });
    return model.info;
  }

  createLoraTrainer({ trainer, model: source, lora, seed }: Request<'createLoraTrainer'>): TrainerInfo {
    const model = this.#load(source);
    return this.#holdLora(trainer, source.name, model, lora, startingFactors(model.base.config, lora, seed));
  }

  createFullTrainer({ trainer, source }: Request<'createFullTrainer'>): TrainerInfo {
    if ('model' in source) {
      const { folder, name } = source.model;
      const { config, configJson, endTokens } = describeModel(folder);
      const info = modelInfo(config, endTokens);
      return this.#holdFull(trainer, name, config, configJson, info, folder, readWeights(folder, config));
    }
    const config = parseConfig(source.config, 'the configuration given');
    const configJson = source.config as Record<string, unknown>; // parseConfig has seen that it is an object
    const endTokens = [configJson['eos_token_id']].flat().filter(id => typeof id === 'number');
    const weights = startingWeights(config, source.seed);
    return this.#holdFull(
      trainer,
      `new ${config.architecture}`,
      config,
      configJson,
      modelInfo(config, endTokens),
      undefined,
      weights,
    );
  }

  openTrainer({ trainer, folder, base, withOptimizer }: Request<'openTrainer'>): TrainerInfo {
    const record = openRecord(folder, 'weights');
    let info: TrainerInfo;
    if (record && !record.lora) {
      const configJson = readJson(join(folder, 'config.json'));
      const config = parseConfig(configJson, folder);
      const { endTokens } = describeModel(folder);
      const weights = readWeights(folder, config);
      info = this.#holdFull(
        trainer,
        record.base_model,
        config,
        configJson,
        modelInfo(config, endTokens),
        base?.folder,
        weights,
      );
    } else {
      const model = this.#load(requireBase(base, folder));
      const { lora, parameters } = loadCheckpoint(folder, 'weights', model.base.config);
      this.#checkBase(model, record?.base_model_hash, folder);
      info = this.#holdLora(trainer, requireBase(base, folder).name, model, lora!, parameters);
    }
    if (withOptimizer) {
      const held = this.#trainer(trainer);
      held.optimizer = loadOptimizer(folder, held.parameters);
    }
    return info;
  }

  loadState({ trainer, folder, withOptimizer }: Request<'loadState'>): void {
    const { trainer: held, model } = this.#heldTrainer(trainer);
    const { policy } = held;
    const { record, lora, parameters } = loadCheckpoint(folder, 'weights', policy.config);
    const [wanted, found] = [describeLora(policy.lora), describeLora(lora)];
    if (wanted !== found)
      throw new TinsmithError({
        code: 'CHECKPOINT_MISMATCH',
        message: 'the checkpoint is of another kind of training than this client',
        at: folder,
        found: `${found}, not ${wanted}`,
        fix: 'createTrainingClientFromState makes a client that fits the checkpoint',
      });
    if (model) this.#checkBase(model, record?.base_model_hash, folder);
    held.load(parameters, withOptimizer ? loadOptimizer(folder, held.parameters) : undefined);
  }

  async pass({ trainer, loss, lossConfig, forwardOnly, data }: Request<'pass'>): Promise<Reply<'pass'>> {
    return this.#trainer(trainer).pass(data, { loss, lossConfig, forwardOnly });
  }

  optimStep({ trainer, params }: Request<'optimStep'>): Reply<'optimStep'> {
    return { gradNorm: this.#trainer(trainer).step(params) };
  }

  snapshot({ trainer, sampler }: Request<'snapshot'>): Reply<'snapshot'> {
    const { trainer: held, info, folder } = this.#heldTrainer(trainer);
    const own = copyTensors(held.parameters);
    this.#samplers.set(sampler, { policy: makePolicy(held.policy, held.policy.lora, own), info, folder });
    return { bytes: bytesOf(own) };
  }

  saveCheckpoint({ trainer, ...target }: Request<'saveCheckpoint'>): void {
    const { trainer: held, info, configJson, model } = this.#heldTrainer(trainer);
    saveCheckpoint(target, {
      baseModel: info.baseModel,
      baseModelHash: model ? hashModel(model) : null,
      lora: held.policy.lora,
      configJson,
      parameters: held.parameters,
      optimizer: held.optimizer,
    });
  }

  saveModel({ trainer, folder, type, tokenizerFiles }: Request<'saveModel'>): void {
    const { trainer: held, configJson } = this.#heldTrainer(trainer);
    writeFolder(folder, fresh => {
      writeModel(fresh, configJson, held.parameters, type);
      for (const file of tokenizerFiles) copyFileSync(file, join(fresh, basename(file)));
    });
  }

  sample({ requests }: Request<'sample'>): Promise<Reply<'sample'>> {
    return sampleCalls(requests, this.#cancelled, id => {
      const { policy, info, folder } = this.#sampler(id);
      return { policy, maxTokens: info.maxTokens, loadDecode: () => this.#decoder(folder) };
    });
  }

  async logits({ sampler, sequences }: Request<'logits'>): Promise<Reply<'logits'>> {
    const results: Float32Array[] = [];
    await visitLogits(
      this.#sampler(sampler).policy,
      sequences,
      (index, logits) => (results[index] = logits.slice()),
    );
    return results;
  }

  gradients({ trainer }: Request<'gradients'>): NamedArray[] {
    const { parameters, gradients } = this.#trainer(trainer);
    return [...parameters].map(([name, { shape }]) => ({
      name,
      shape,
      data: gradients.get(name)?.slice() ?? new Float64Array(elementCount(shape)),
    }));
  }

  parameters({ trainer }: Request<'parameters'>): NamedArray[] {
    return [...copyTensors(this.#trainer(trainer).parameters)].map(([name, tensor]) => ({ name, ...tensor }));
  }

  release({ trainer, sampler }: Request<'release'>): void {
    if (trainer !== undefined) this.#trainers.delete(trainer);
    if (sampler !== undefined) this.#samplers.delete(sampler);
  }

  census(): Reply<'census'> {
    return { samplers: this.#samplers.size, trainers: this.#trainers.size, models: this.#models.size };
  }

  #load({ folder }: BaseModel): LoadedModel {
    const known = this.#models.get(folder);
    if (known) return known;
    const { config, configJson, endTokens } = describeModel(folder);
    const tensors = wrapTensors(readWeights(folder, config));
    const base: Policy = { config, lora: undefined, tensors, graphs: this.#graphsFor(config) };
    const model = { folder, configJson, info: modelInfo(config, endTokens), base, hash: undefined };
    this.#models.set(folder, model);
    return model;
  }

  #graphsFor(config: ModelConfig): GraphSessions {
    const key = JSON.stringify(config);
    let graphs = this.#graphs.get(key);
    if (!graphs) this.#graphs.set(key, (graphs = new GraphSessions(this.#options.threads)));
    return graphs;
  }

  #holdLora(
    id: TrainerId,
    baseModel: string,
    model: LoadedModel,
    lora: LoraConfig,
    factors: FloatTensors,
  ): TrainerInfo {
    const trainer = new Trainer(makePolicy(model.base, lora, factors), factors);
    const info = { ...model.info, baseModel, lora, trainableParameters: bytesOf(factors) / 4 };
    this.#trainers.set(id, { trainer, info, configJson: model.configJson, model, folder: model.folder });
    return info;
  }

  #holdFull(
    id: TrainerId,
    baseModel: string,
    config: ModelConfig,
    configJson: Readonly<Record<string, unknown>>,
    model: ModelInfo,
    folder: string | undefined,
    weights: FloatTensors,
  ): TrainerInfo {
    const policy = {
      config,
      lora: undefined,
      tensors: wrapTensors(weights),
      graphs: this.#graphsFor(config),
    };
    const info = { ...model, baseModel, lora: null, trainableParameters: bytesOf(weights) / 4 };
    this.#trainers.set(id, {
      trainer: new Trainer(policy, weights),
      info,
      configJson,
      model: undefined,
      folder,
    });
    return info;
  }

  #checkBase(model: LoadedModel, hash: string | null | undefined, at: string): void {
    if (hash === undefined || hash === null || hash === hashModel(model)) return;
    throw new TinsmithError({
      code: 'CHECKPOINT_MISMATCH',
      message: 'the checkpoint was made with another base model',
      at,
      found: `the model in ${model.folder} has other weights or another configuration`,
    });
  }

  #heldTrainer(id: TrainerId): HeldTrainer {
    const held = this.#trainers.get(id);
    if (!held) throw new Error(`there is no trainer ${id}`);
    return held;
  }

  #trainer(id: TrainerId): Trainer {
    return this.#heldTrainer(id).trainer;
  }

  #sampler(id: SamplerId): HeldSampler {
    const held = this.#samplers.get(id);
    if (!held) throw new Error(`there is no sampler ${id}`);
    return held;
  }

  async #decoder(folder: string | undefined): Promise<(tokens: readonly number[]) => string> {
    if (folder === undefined || !hasTokenizer(folder))
      throw new TinsmithError({
        code: 'TOKENIZER_MISSING',
        message: 'a stop string needs the tokenizer of the model, which has none',
        at: folder,
        fix: 'stop at token ids instead, or put tokenizer.json beside the weights',
      });
    let decode = this.#tokenizers.get(folder);
    if (!decode) {
      decode = loadModelTokenizer(folder).then(tokenizer => tokens => tokenizer.decode(tokens));
      this.#tokenizers.set(folder, decode);
    }
    return decode;
  }
}

function modelInfo(config: ModelConfig, endTokens: readonly number[]): ModelInfo {
  const { vocabularySize, maxPositions, slidingWindow = Infinity } = config;
  return { vocabularySize, maxTokens: Math.min(maxPositions, slidingWindow), endTokens };
}

function requireBase(base: BaseModel | undefined, at: string): BaseModel {
  if (base) return base;
  throw new TinsmithError({
    code: 'BASE_MODEL_UNKNOWN',
    message: 'the adapter does not say which model it is for',
    at,
    fix: 'give baseModel beside the path',
  });
}

function hashModel(model: LoadedModel): string {
  if (model.hash === undefined) {
    const hash = createHash('sha256').update(JSON.stringify(model.base.config));
    for (const file of weightFiles(model.folder)) hash.update(hashFile(file));
    model.hash = hash.digest('hex');
  }
  return model.hash;
}

const describeLora = (lora: LoraConfig | undefined): string =>
  lora ? `LoRA of rank ${lora.rank}, alpha ${lora.alpha}, on ${lora.targets.join(', ')}` : 'all parameters';
