/**
 * What the program's thread and the engine's worker thread say to each other. Each call is a message with a number; the reply
 * carries the number. Calls are handled strictly in the order in which they were sent. Only data that can be cloned or moved.
 */
import type { NativeGate } from './native-gate.js';
import type { AdamParams } from '@tinsmith/core';
import type { LoraConfig, LossName, MatrixPrecision } from '../model/index.js';
import type { TrainingPlan } from '../training/training-plan.js';

/** The program chooses the numbers of trainers and samplers, so that it can use them at once. */
export type TrainerId = number;
export type SamplerId = number;

export interface ModelInfo {
  readonly vocabularySize: number;
  /** Longest sequence in tokens: the model's context, or its attention window if that is shorter. */
  readonly maxTokens: number;
  /** Tokens that end a sample when the request names none. */
  readonly endTokens: readonly number[];
}

export interface TrainerInfo extends ModelInfo {
  readonly baseModel: string;
  /** null when all parameters are trained. */
  readonly lora: LoraConfig | null;
  readonly trainableParameters: number;
  readonly layers: number;
}

/** A base model by the name that the user gave and where it was found. */
export interface BaseModel {
  readonly name: string;
  /** A folder in Hugging Face layout, or a GGUF file. */
  readonly folder: string;
}

/** Names of the per-token numbers that a loss can take, besides the targets. */
export type LossValue = 'weights' | 'logprobs' | 'advantages';

/** Datums laid out in flat arrays, in the caller's order; nothing is padded. */
export interface PackedData {
  /** Tokens of each datum. */
  readonly lengths: Int32Array;
  /** Targets per position of each datum: 1, or K. */
  readonly choices: Int32Array;
  /** [sum of lengths] */
  readonly tokens: Int32Array;
  /** [sum of lengths x choices], row-major */
  readonly targets: Int32Array;
  /** Each like `targets`. */
  readonly values: Readonly<Partial<Record<LossValue, Float32Array>>>;
}

export interface PassRequest {
  readonly trainer: TrainerId;
  readonly loss: LossName;
  readonly lossConfig: Readonly<Record<string, number>>;
  readonly data: PackedData;
  /** Adds nothing to the gradient. */
  readonly forwardOnly: boolean;
}

export interface PassReply {
  readonly loss: number;
  readonly plan: TrainingPlan;
  /** Like `targets` of the request. */
  readonly logprobs: Float32Array;
}

/** Sampling options with every default filled in. */
export interface SampleOptions {
  readonly maxTokens: number;
  /** An integer; sample i uses seed + i. */
  readonly seed: bigint;
  readonly stopTokens: readonly number[];
  readonly stopStrings: readonly string[];
  /** 0 is greedy. */
  readonly temperature: number;
  /** 0 is off. */
  readonly topK: number;
  /** 1 is off. */
  readonly topP: number;
}

export interface SampleCall {
  /** Tells requests apart for {@link CancelNotice}. */
  readonly id: number;
  readonly sampler: SamplerId;
  readonly prompt: Int32Array;
  readonly numSamples: number;
  readonly options: SampleOptions;
  readonly promptLogprobs: boolean;
  /** Most likely tokens to report for each prompt position; 0 = none. */
  readonly topkPromptLogprobs: number;
}

export interface SampleReply {
  /** Tokens of all samples, one after the other. */
  readonly tokens: Int32Array;
  readonly logprobs: Float64Array;
  /** Tokens of each sample. */
  readonly lengths: Int32Array;
  /** 1 where a stop ended the sample, 0 where its length did. */
  readonly stopped: Uint8Array;
  /** [prompt length - 1]: of tokens 1 to the last. */
  readonly promptLogprobs?: Float64Array;
  /** [prompt length - 1, k], best first. */
  readonly topkTokens?: Int32Array;
  readonly topkLogprobs?: Float64Array;
}

export interface NamedArray {
  readonly name: string;
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array;
}

export interface SaveRequest {
  readonly trainer: TrainerId;
  readonly kind: 'weights' | 'sampler';
  readonly root: string;
  readonly name: string;
  readonly overwrite: boolean;
  readonly ttlSeconds: number | undefined;
}

/** Every call that the worker answers: name to request and reply. */
export interface Calls {
  openBaseSampler(request: { sampler: SamplerId; model: BaseModel }): ModelInfo;
  openSavedSampler(request: { sampler: SamplerId; folder: string; base: BaseModel | undefined }): ModelInfo;
  createLoraTrainer(request: {
    trainer: TrainerId;
    model: BaseModel;
    lora: LoraConfig;
    seed: number;
  }): TrainerInfo;
  createFullTrainer(request: {
    trainer: TrainerId;
    source: { readonly model: BaseModel } | { readonly config: unknown; readonly seed: number };
  }): TrainerInfo;
  /** A new trainer from a saved state. */
  openTrainer(request: {
    trainer: TrainerId;
    folder: string;
    base: BaseModel | undefined;
    withOptimizer: boolean;
  }): TrainerInfo;
  /** A saved state into an existing trainer. */
  loadState(request: { trainer: TrainerId; folder: string; withOptimizer: boolean }): void;
  pass(request: PassRequest): PassReply;
  optimStep(request: { trainer: TrainerId; params: Required<AdamParams> }): { readonly gradNorm: number };
  snapshot(request: { trainer: TrainerId; sampler: SamplerId }): { readonly bytes: number };
  saveCheckpoint(request: SaveRequest): void;
  /** What is gone already is no error. */
  deleteCheckpoint(request: { folder: string }): void;
  /** @param request.expiresAt ISO 8601; null: never */
  setCheckpointExpiry(request: { folder: string; expiresAt: string | null }): void;
  saveModel(request: {
    trainer: TrainerId;
    folder: string;
    type: 'F32' | 'BF16';
    maxShardBytes: number;
    tokenizerFiles: readonly string[];
  }): void;
  /** Takes its place in the order, but lets others come before it is answered: a sampler never changes. */
  sample(request: SampleCall): SampleReply;
  /** Per sequence [length - 1]: log-probabilities of tokens 1 to the last. Overlaps as `sample` does. */
  score(request: { sampler: SamplerId; sequences: readonly Int32Array[] }): readonly Float64Array[];
  /** Logits of whole sequences, one array [length, vocabulary] each. For inspection. */
  logits(request: { sampler: SamplerId; sequences: readonly Int32Array[] }): readonly Float32Array[];
  gradients(request: { trainer: TrainerId }): readonly NamedArray[];
  parameters(request: { trainer: TrainerId }): readonly NamedArray[];
  release(request: { trainer?: TrainerId; sampler?: SamplerId }): void;
  /** What the worker holds, for tests of leaks. */
  census(request: Record<never, never>): {
    readonly samplers: number;
    readonly trainers: number;
    readonly models: number;
  };
}

export type CallName = keyof Calls;
export type Request<N extends CallName> = Parameters<Calls[N]>[0];
export type Reply<N extends CallName> = ReturnType<Calls[N]>;

/** An error as it travels: classes do not survive the journey. */
export interface ErrorRecord {
  readonly code: string;
  readonly message: string;
  readonly at?: string | undefined;
  readonly found?: string | undefined;
  readonly fix?: string | undefined;
  /** Of an error that was not ours. */
  readonly stack?: string | undefined;
}

export interface CallMessage {
  readonly kind: 'call';
  readonly number: number;
  readonly name: CallName;
  readonly request: unknown;
}
/** Handled at once, not in turn: the samples of these requests are not wanted any more. */
export interface CancelNotice {
  readonly kind: 'cancel';
  readonly ids: readonly number[];
}
export type ToWorker = CallMessage | CancelNotice;

export type FromWorker =
  | { readonly kind: 'reply'; readonly number: number; readonly reply: unknown }
  | { readonly kind: 'error'; readonly number: number; readonly error: ErrorRecord };

export interface WorkerOptions {
  /** Of each onnxruntime session. */
  readonly threads: number;
  /** What weights, gradients and passes may take together, in bytes. */
  readonly memory: number;
  /** Of the matrices that decoding multiplies with. */
  readonly decoding: MatrixPrecision;
  readonly gate: NativeGate;
}
