/**
 * Base models in the worker's memory, each once, and the compiled graphs, which all policies of one configuration share. Knows
 * nothing of trainers and samplers.
 */
import type { WorkerOptions } from './messages.js';
import type { NativeGate } from './native-gate.js';
import { TinsmithError } from '@tinsmith/core';
import type { MatrixPrecision, ModelConfig } from '../model/index.js';
import { describeModel, readWeights } from '../weights/model-source.js';
import { modelHash } from '../weights/model-hash.js';
import { hasTokenizer, loadModelTokenizer } from '../weights/model-tokenizer.js';
import type { FloatTensors } from '../weights/safetensors.js';
import { GraphSessions } from './graph-sessions.js';
import type { ModelInfo } from './messages.js';
import { bytesOf, copiedBytes, freezeBase, type Policy, wrapTensors } from './policy.js';

/** A model as it was found in a folder or GGUF file. */
export interface LoadedModel {
  readonly folder: string;
  readonly configJson: Readonly<Record<string, unknown>>;
  readonly descriptionHash: string;
  readonly info: ModelInfo;
  readonly weights: FloatTensors;
  readonly base: Policy;
}

/** What Node takes with the libraries. */
const programBytes = 150 * 2 ** 20;
/** Of what weights leave, for copies of matrices. */
const copyShare = 1 / 4;

type Decode = (tokens: readonly number[]) => string;

export class ModelStore {
  readonly #threads: number;
  readonly #memory: number;
  readonly #gate: NativeGate;
  readonly #decoding: MatrixPrecision;
  readonly #models = new Map<string, LoadedModel>();
  readonly #graphs = new Map<string, GraphSessions>();
  readonly #decoders = new Map<string, Promise<Decode>>();
  readonly #hashes = new WeakMap<LoadedModel, string>();

  constructor({ threads, memory, gate, decoding }: WorkerOptions) {
    this.#threads = threads;
    this.#memory = memory;
    this.#gate = gate;
    this.#decoding = decoding;
  }

  get size(): number {
    return this.#models.size;
  }

  /** What the weights of all models that are kept leave of the budget, in bytes; less than none if they are too large for it. */
  get left(): number {
    const weights = [...this.#models.values()].reduce((sum, model) => sum + bytesOf(model.weights), 0);
    return this.#memory - programBytes - weights;
  }

  /** Of the matrices that sampling keeps once more, for every model that is kept, in bytes. */
  get copies(): number {
    return [...this.#models.values()].reduce((sum, { base }) => sum + copiedBytes(base), 0);
  }

  /** The model of a folder, read on first use and kept. */
  open(folder: string): LoadedModel {
    let model = this.#models.get(folder);
    if (!model) {
      const found = this.read(folder);
      const most = copyShare * (this.left - bytesOf(found.weights));
      model = { ...found, base: freezeBase(found.base, this.#decoding, most) }; // shared, so nobody trains it as a whole
      this.#models.set(folder, model);
    }
    return model;
  }

  /** The model of a folder as it is now, for the caller alone. */
  read(folder: string): LoadedModel {
    const { config, configJson, endTokens, descriptionHash } = describeModel(folder);
    const weights = readWeights(folder, config);
    return {
      folder,
      configJson,
      descriptionHash,
      info: modelInfo(config, endTokens),
      weights,
      base: this.policyOf(config, weights),
    };
  }

  policyOf(config: ModelConfig, weights: FloatTensors): Policy {
    const key = JSON.stringify(config);
    let graphs = this.#graphs.get(key);
    if (!graphs) this.#graphs.set(key, (graphs = new GraphSessions(this.#threads, this.#gate)));
    return { config, lora: undefined, tensors: wrapTensors(weights), graphs };
  }

  /** The folder has other contents now. Policies that were made before keep what they have. */
  forget(folder: string): void {
    this.#models.delete(folder);
    this.#decoders.delete(folder);
  }

  /** Made once, when a checkpoint needs it. */
  hash(model: LoadedModel): string {
    let digest = this.#hashes.get(model);
    if (digest === undefined) this.#hashes.set(model, (digest = modelHash(model, model.weights)));
    return digest;
  }

  /** @throws {TinsmithError} CHECKPOINT_MISMATCH if the hash, where there is one, is of another model. */
  checkHash(model: LoadedModel, hash: string | null | undefined, at: string): void {
    if (hash === undefined || hash === null || hash === this.hash(model)) return;
    throw new TinsmithError({
      code: 'CHECKPOINT_MISMATCH',
      message: 'the checkpoint was made with another base model',
      at,
      found: `the model in ${model.folder} has other weights or another configuration`,
    });
  }

  /** @throws {TinsmithError} TOKENIZER_MISSING */
  async decoder(folder: string | undefined): Promise<Decode> {
    if (folder === undefined || !hasTokenizer(folder))
      throw new TinsmithError({
        code: 'TOKENIZER_MISSING',
        message: 'a stop string needs the tokenizer of the model, which has none',
        at: folder,
        fix: 'stop at token ids instead, or put tokenizer.json beside the weights',
      });
    let decode = this.#decoders.get(folder);
    if (!decode) {
      decode = loadModelTokenizer(folder).then(tokenizer => tokens => tokenizer.decode(tokens));
      this.#decoders.set(folder, decode);
    }
    return decode;
  }
}

export function modelInfo(config: ModelConfig, endTokens: readonly number[]): ModelInfo {
  const { vocabularySize, maxPositions, slidingWindow = Infinity } = config;
  return { vocabularySize, maxTokens: Math.min(maxPositions, slidingWindow), endTokens };
}
