/**
 * The engine seam: Tinker semantics from the first day (protocol spec, sections 8, 12-15 and 17).
 *
 * - Call order is submission order: a method takes its place in the queue synchronously, and two calls
 *   made without awaiting between them are pipelined.
 * - A sampling client is a snapshot: it never sees later updates.
 * - A method returns a promise of the result.
 */
import { named } from '../token.js';
import type { CheckpointStore } from './checkpoint-store.js';
import type { CustomLossFn } from './custom-loss.js';
import type { Datum, ModelInput, TensorData } from './data.js';
import type { Tokenizer } from './tokenizer.js';

export type LossFn = 'cross_entropy' | 'importance_sampling' | 'ppo' | 'cispo' | 'dro';
/** For ppo and cispo clip_low_threshold, clip_high_threshold; for dro beta. */
export type LossFnConfig = Readonly<Record<string, number>>;

/** AdamW as in the protocol spec, section 13. Defaults are the API's: note eps 1e-12 and beta2 0.95. */
export interface AdamParams {
  /** 1e-4 */
  readonly learningRate?: number;
  /** 0.9 */
  readonly beta1?: number;
  /** 0.95 */
  readonly beta2?: number;
  /** 1e-12 */
  readonly eps?: number;
  /** 0; decoupled. */
  readonly weightDecay?: number;
  /** 0 = off; otherwise the global L2 norm to which the gradient is clipped. */
  readonly gradClipNorm?: number;
}

export interface SamplingParams {
  /** Default: up to the model's context limit. */
  readonly maxTokens?: number;
  /** Same seed, same request, same output; sample i of a request uses seed + i. None: random. */
  readonly seed?: number;
  /** Token ids or strings that end a sample. None: the model's end token. []: nothing ends it. */
  readonly stop?: string | readonly string[] | readonly number[];
  /** Default 1; 0 is greedy. */
  readonly temperature?: number;
  /** -1 = off */
  readonly topK?: number;
  /** 1 = off */
  readonly topP?: number;
}

export interface SampleRequest {
  readonly prompt: ModelInput;
  readonly numSamples: number;
  readonly samplingParams: SamplingParams;
  readonly includePromptLogprobs?: boolean;
  /** Number of most likely tokens per prompt position to report; 0 = none. */
  readonly topkPromptLogprobs?: number;
  readonly signal?: AbortSignal;
}

export interface SampledSequence {
  /** Token ids, the stop token included. */
  readonly tokens: readonly number[];
  /** Log-probability of each token under the unscaled, unfiltered distribution. */
  readonly logprobs: readonly number[];
  readonly stopReason: 'stop' | 'length';
}

export interface SampleResponse {
  readonly sequences: readonly SampledSequence[];
  /** One per prompt token, the first is null. */
  readonly promptLogprobs?: readonly (number | null)[];
  /** Per prompt token the most likely [token, logprob] pairs, best first; the first is null. */
  readonly topkPromptLogprobs?: readonly (readonly (readonly [number, number])[] | null)[];
}

export interface ForwardBackwardOutput {
  /** One per datum, in order: `logprobs`, with the shape of the datum's targets. */
  readonly lossFnOutputs: readonly Readonly<Record<string, TensorData>>[];
  /** `loss:sum`: the plain sum over tokens and datums. */
  readonly metrics: Readonly<Record<string, number>>;
}

export interface OptimStepOutput {
  readonly metrics: Readonly<Record<string, number>>;
}

export interface SaveOptions {
  /** Expiry from now in seconds; none = never. */
  readonly ttlSeconds?: number | undefined;
  /** Replace a checkpoint of that name; otherwise an existing one is an error. */
  readonly overwrite?: boolean;
}

export interface SamplingClient {
  sample(request: SampleRequest): Promise<SampleResponse>;
  /** One log-probability per token of the prompt; the first is null. */
  computeLogprobs(prompt: ModelInput): Promise<readonly (number | null)[]>;
}

export interface TrainingClient {
  forward(data: readonly Datum[], lossFn: LossFn, config?: LossFnConfig): Promise<ForwardBackwardOutput>;
  /** Adds to the accumulated gradient, which the next `optimStep` uses up. */
  forwardBackward(
    data: readonly Datum[],
    lossFn: LossFn,
    config?: LossFnConfig,
  ): Promise<ForwardBackwardOutput>;
  /**
   * As `forwardBackward`, with a loss of the caller's own: a forward pass, `lossFn` on its log-probabilities, and a backward pass
   * with the gradients that it returns. Of the datums' loss inputs only `target_tokens` is needed. It keeps its place in the
   * order: calls made later on this client wait for it, so `lossFn` must not await one of them.
   * @throws {TinsmithError} CUSTOM_LOSS when its gradients do not fit; and whatever `lossFn` throws. Nothing is trained then.
   */
  forwardBackwardCustom(data: readonly Datum[], lossFn: CustomLossFn): Promise<ForwardBackwardOutput>;
  optimStep(params: AdamParams): Promise<OptimStepOutput>;
  /** Weights and optimiser state: to go on training from. */
  saveState(name: string, options?: SaveOptions): Promise<{ readonly path: string }>;
  /** Weights alone: to sample from. */
  saveWeightsForSampler(name: string, options?: SaveOptions): Promise<{ readonly path: string }>;
  /** An ephemeral snapshot of the weights as they are after all calls made so far. */
  saveWeightsAndGetSamplingClient(): Promise<SamplingClient>;
  loadState(path: string): Promise<void>;
  loadStateWithOptimizer(path: string): Promise<void>;
  getInfo(): Promise<TrainingInfo>;
}

export interface TrainingInfo {
  readonly baseModel: string;
  /** null when all parameters are trained. */
  readonly loraRank: number | null;
  /** Absent: a service does not tell. */
  readonly trainableParameters?: number;
}

/** What a service asks for, in US dollars per million tokens. */
export interface TokenPrices {
  /** Reading a prompt. */
  readonly prefill: number;
  /** Writing an answer. */
  readonly sample: number;
  /** `forward` and `forwardBackward`, per token of the input. */
  readonly train: number;
}

/** A batch by its sizes alone, in tokens. */
export interface BatchSize {
  readonly baseModel: string;
  /** Default 32. */
  readonly rank?: number | undefined;
  /** Length of every sequence that is trained on, in one pass and one step. */
  readonly trained: readonly number[];
  /** What is sampled, all at once, and then trained on with its prompt as well. */
  readonly sampled: readonly {
    readonly promptTokens: number;
    readonly numSamples: number;
    /** Undefined: up to the model's context limit. */
    readonly maxTokens: number | undefined;
  }[];
}

/** What a batch takes on this machine. */
export interface BatchEstimate {
  /** Of the engine at its peak, weights and gradients included. Undefined: not known. */
  readonly memoryBytes: number | undefined;
  /** Of sampling, each sample as long as it may be, and of the training step. Undefined: not known. */
  readonly seconds: number | undefined;
  /** How it was found, or why it is not known, in a few words for people. */
  readonly basis: string;
}

export interface LoraTrainingOptions {
  /** A path, a hub id, or the name of a model that a plugin provides. */
  readonly baseModel: string;
  /** Default 32. */
  readonly rank?: number;
  /** Of the factors' initial values; none: random. */
  readonly seed?: number;
  /** Each default true; at least one must be. */
  readonly trainAttn?: boolean;
  readonly trainMlp?: boolean;
  readonly trainUnembed?: boolean;
}

export interface Engine {
  readonly specification: 'v1';
  createLoraTrainingClient(options: LoraTrainingOptions): Promise<TrainingClient>;
  /** Weights of a `saveState` path with a fresh optimiser. */
  createTrainingClientFromState(path: string): Promise<TrainingClient>;
  createTrainingClientFromStateWithOptimizer(path: string): Promise<TrainingClient>;
  /** One of the two: a base model, or a path of `saveWeightsForSampler`. */
  createSamplingClient(
    source: { readonly baseModel: string } | { readonly modelPath: string },
  ): Promise<SamplingClient>;
  /**
   * How it is set, as far as that changes what a model answers, e.g. the precision of decoding or the address of a service: for
   * records that must not mix answers. Absent: nothing but the model does.
   */
  readonly answerSettings?: Readonly<Record<string, string | number | boolean>>;
  /** The tokenizer that belongs to a base model. */
  getTokenizer(baseModel: string): Promise<Tokenizer>;
  /** Absent: it costs nothing. Undefined: the price of this model is not known. Asks nobody. */
  tokenPrices?(baseModel: string): TokenPrices | undefined;
  /**
   * What a batch of that size takes here, found out without spending or downloading anything; it may compute for some seconds.
   * Absent: the engine computes elsewhere, or cannot tell. Rejects as the batch would that does not fit.
   */
  estimate?(size: BatchSize): Promise<BatchEstimate>;
  /** What it keeps; absent: its checkpoints cannot be managed from here, and rolling ones stay. */
  readonly checkpoints?: CheckpointStore;
}

/** Engines, by the name that a recipe's option picks. */
export const Engines = named<Engine>('engine');
