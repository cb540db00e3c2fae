/**
 * What the worker holds: base models, trainers and samplers, and one function per call. One call runs at a time, to its end.
 * Knows nothing of threads and messages.
 */
import { copyFileSync, realpathSync } from 'node:fs';
import { basename, join } from 'node:path';
import { TinsmithError } from '@tinsmith/core';
import { writeFolder } from '../checkpoints/atomic-folder.js';
import {
  loadOptimizer,
  loadParameters,
  openRecord,
  saveCheckpoint,
  writeModel,
} from '../checkpoints/checkpoint-files.js';
import { deleteCheckpoint, setCheckpointExpiry } from '../checkpoints/checkpoint-upkeep.js';
import type { LoraConfig } from '../model/index.js';
import { answerSampleCall } from '../sampling/sample-calls.js';
import { Sampler } from '../sampling/sampler.js';
import { samplingRoom } from '../sampling/sampling-room.js';
import { scoreInTurns, visitLogits } from '../sampling/score.js';
import { startingFactors, startingWeights } from '../training/starting-weights.js';
import { Trainer } from '../training/trainer.js';
import { planTraining } from '../training/training-plan.js';
import { parseConfig } from '../weights/model-folder.js';
import { elementCount, type FloatTensors } from '../weights/safetensors.js';
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
import { type LoadedModel, modelInfo, ModelStore } from './model-store.js';
import { bytesOf, copyTensors, makePolicy, type Policy } from './policy.js';
import type { Turns } from './turns.js';

/** Answers every call: a method for each. */
export type CallHandlers = { [N in CallName]: (request: Request<N>) => Reply<N> | Promise<Reply<N>> };

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
  /** Of weights that no other sampler or trainer has. */
  readonly ownBytes: number;
}

export class Runtime implements CallHandlers {
  readonly #models: ModelStore;
  readonly #trainers = new Map<TrainerId, HeldTrainer>();
  readonly #samplers = new Map<SamplerId, HeldSampler>();
  readonly #turns: Turns;
  readonly #sampling: Sampler;
  /** Sample requests that nobody waits for. */
  readonly #cancelled = new Set<number>();

  constructor(options: WorkerOptions, turns: Turns) {
    this.#turns = turns;
    this.#sampling = new Sampler({
      takeTurn: work => turns.take(work),
      room: () => samplingRoom(this.#models.left),
    });
    this.#models = new ModelStore(options);
  }

  cancelSamples(ids: readonly number[]): void {
    for (const id of ids) this.#cancelled.add(id);
  }

  openBaseSampler({ sampler, model }: Request<'openBaseSampler'>): ModelInfo {
    const { base: policy, info, folder } = this.#models.open(model.folder);
    this.#samplers.set(sampler, { policy, info, folder, ownBytes: 0 });
    return info;
  }

  openSavedSampler({ sampler, folder, base }: Request<'openSavedSampler'>): ModelInfo {
    const record = openRecord(folder, 'sampler');
    if (record && !record.lora) {
      const { base: policy, info, weights } = this.#models.read(folder); // not kept: a checkpoint may be replaced
      this.#samplers.set(sampler, { policy, info, folder, ownBytes: bytesOf(weights) });
      return info;
    }
    const model = this.#models.open(requireBase(base, folder).folder);
    this.#models.checkHash(model, record?.base_model_hash, folder);
    const { lora, parameters } = loadParameters(folder, record, model.base.config);
    this.#samplers.set(sampler, {
      policy: makePolicy(model.base, lora, parameters),
      info: model.info,
      folder: model.folder,
      ownBytes: bytesOf(parameters),
    });
    return model.info;
  }

  createLoraTrainer({ trainer, model: source, lora, seed }: Request<'createLoraTrainer'>): TrainerInfo {
    const model = this.#models.open(source.folder);
    return this.#holdLora(trainer, source.name, model, lora, startingFactors(model.base.config, lora, seed));
  }

  createFullTrainer({ trainer, source }: Request<'createFullTrainer'>): TrainerInfo {
    if ('model' in source) {
      const { name, folder } = source.model;
      return this.#holdFull(trainer, name, this.#models.read(folder), folder);
    }
    const config = parseConfig(source.config, 'the configuration given');
    const configJson = source.config as Record<string, unknown>; // parseConfig has seen that it is an object
    const endTokens = [configJson['eos_token_id']].flat().filter(id => typeof id === 'number');
    const weights = startingWeights(config, source.seed);
    const base = this.#models.policyOf(config, weights);
    const model = { configJson, info: modelInfo(config, endTokens), weights, base };
    return this.#holdFull(trainer, `new ${config.architecture}`, model, undefined);
  }

  openTrainer({ trainer, folder, base, withOptimizer }: Request<'openTrainer'>): TrainerInfo {
    const record = openRecord(folder, 'weights');
    let info: TrainerInfo;
    if (record && !record.lora) {
      info = this.#holdFull(trainer, record.base_model, this.#models.read(folder), undefined);
    } else {
      const source = requireBase(base, folder);
      const model = this.#models.open(source.folder);
      this.#models.checkHash(model, record?.base_model_hash, folder);
      const { lora, parameters } = loadParameters(folder, record, model.base.config);
      info = this.#holdLora(trainer, source.name, model, lora!, parameters);
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
    const record = openRecord(folder, 'weights');
    if (model) this.#models.checkHash(model, record?.base_model_hash, folder);
    const { lora, parameters } = loadParameters(folder, record, policy.config);
    const [wanted, found] = [describeLora(policy.lora), describeLora(lora)];
    if (wanted !== found)
      throw new TinsmithError({
        code: 'CHECKPOINT_MISMATCH',
        message: 'the checkpoint is of another kind of training than this client',
        at: folder,
        found: `${found}, not ${wanted}`,
        fix: 'createTrainingClientFromState makes a client that fits the checkpoint',
      });
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
    const ownBytes = bytesOf(own);
    const policy = makePolicy(held.policy, held.policy.lora, own);
    this.#samplers.set(sampler, { policy, info, folder, ownBytes });
    return { bytes: ownBytes };
  }

  saveCheckpoint({ trainer, ...target }: Request<'saveCheckpoint'>): void {
    const { trainer: held, info, configJson, model } = this.#heldTrainer(trainer);
    saveCheckpoint(target, {
      baseModel: info.baseModel,
      baseModelHash: model ? this.#models.hash(model) : null,
      lora: held.policy.lora,
      configJson,
      parameters: held.parameters,
      optimizer: held.optimizer,
    });
  }

  deleteCheckpoint({ folder }: Request<'deleteCheckpoint'>): void {
    deleteCheckpoint(folder);
  }

  setCheckpointExpiry({ folder, expiresAt }: Request<'setCheckpointExpiry'>): void {
    setCheckpointExpiry(folder, expiresAt);
  }

  saveModel({ trainer, folder, type, maxShardBytes, tokenizerFiles }: Request<'saveModel'>): void {
    const { trainer: held, configJson } = this.#heldTrainer(trainer);
    writeFolder(folder, fresh => {
      writeModel(fresh, configJson, held.parameters, { type, maxShardBytes });
      for (const file of tokenizerFiles) copyFileSync(file, join(fresh, basename(file)));
    });
    this.#models.forget(realpathSync(folder));
  }

  async sample(call: Request<'sample'>): Promise<Reply<'sample'>> {
    const { policy, info, folder } = this.#sampler(call.sampler);
    try {
      return await answerSampleCall(call, {
        policy,
        maxTokens: info.maxTokens,
        loadDecode: () => this.#models.decoder(folder),
        isCancelled: () => this.#cancelled.has(call.id),
        sampler: this.#sampling,
        takeTurn: work => this.#turns.take(work),
      });
    } finally {
      this.#cancelled.delete(call.id);
    }
  }

  score({ sampler, sequences }: Request<'score'>): Promise<Reply<'score'>> {
    return scoreInTurns(this.#sampler(sampler).policy, sequences, work => this.#turns.take(work));
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

  #holdLora(
    id: TrainerId,
    baseModel: string,
    model: LoadedModel,
    lora: LoraConfig,
    factors: FloatTensors,
  ): TrainerInfo {
    const trainer = this.#newTrainer(makePolicy(model.base, lora, factors), factors);
    const info = {
      ...model.info,
      baseModel,
      lora,
      trainableParameters: bytesOf(factors) / 4,
      layers: model.base.config.layers,
    };
    this.#trainers.set(id, { trainer, info, configJson: model.configJson, model, folder: model.folder });
    return info;
  }

  /** @param folder where the tokenizer is; undefined if there is none. */
  #holdFull(
    id: TrainerId,
    baseModel: string,
    { base, configJson, info: model, weights }: Omit<LoadedModel, 'folder' | 'descriptionHash'>,
    folder: string | undefined,
  ): TrainerInfo {
    const info = {
      ...model,
      baseModel,
      lora: null,
      trainableParameters: bytesOf(weights) / 4,
      layers: base.config.layers,
    };
    this.#trainers.set(id, {
      trainer: this.#newTrainer(base, weights),
      info,
      configJson,
      model: undefined,
      folder,
    });
    return info;
  }

  #newTrainer(policy: Policy, parameters: FloatTensors): Trainer {
    return new Trainer(policy, parameters, size =>
      planTraining({
        ...size,
        config: policy.config,
        rank: policy.lora?.rank,
        budget: this.#leftForPass(),
      }),
    );
  }

  /** What is left of the budget beside weights, gradients in float64 and moments of what is trained, and what sampling may take. */
  #leftForPass(): number {
    const trained = [...this.#trainers.values()].reduce(
      (sum, { trainer }) => sum + 5 * bytesOf(trainer.parameters),
      0,
    );
    const sampled = [...this.#samplers.values()].reduce((sum, { ownBytes }) => sum + ownBytes, 0);
    const { left, copies } = this.#models;
    const { rows, prompts } = samplingRoom(left);
    return left - copies - rows - prompts - trained - sampled;
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

const describeLora = (lora: LoraConfig | undefined): string =>
  lora ? `LoRA of rank ${lora.rank}, alpha ${lora.alpha}, on ${lora.targets.join(', ')}` : 'all parameters';
