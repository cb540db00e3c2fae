/**
 * Parameters and results of training and sampling (protocol, sections 4.4, 4.5 and 6), in camelCase. Keys that the
 * protocol leaves open (loss inputs, metrics, metadata) stay as the server writes them.
 */
import type { TensorData, TensorType } from './data.js';

export interface LoraConfig {
  /** Default 32. */
  readonly rank?: number | undefined;
  /** Of the factors' initial values; none: the server picks. */
  readonly seed?: number | bigint | undefined;
  /** Each default true; at least one must be. */
  readonly trainAttn?: boolean | undefined;
  readonly trainMlp?: boolean | undefined;
  readonly trainUnembed?: boolean | undefined;
}

/** AdamW as section 13 defines it. Defaults are the API's: note eps 1e-12 and beta2 0.95. */
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

/** The optimiser family of a model, fixed when it is made (0.38.0). `{ type: 'adamw' }` unless said otherwise. */
export interface OptimizerConfig {
  readonly type: string;
  readonly [option: string]: unknown;
}

/** Parameters of a step of another family than Adam, for instance `{ type: 'dimuon', learningRate: 0.01 }` (0.38.0). */
export interface OtherOptimizerParams {
  readonly type: string;
  readonly [parameter: string]: unknown;
}

export interface SamplingParams {
  /** Default: the server's; SkyRL demands it. */
  readonly maxTokens?: number;
  /** Any 64-bit integer. Same seed, same request, same output. None: random. */
  readonly seed?: number | bigint;
  /** Token ids or strings that end a sample. None: the model's end token. []: nothing ends it (0.38.0). */
  readonly stop?: string | readonly string[] | readonly number[];
  /** Default 1; 0 is greedy. */
  readonly temperature?: number;
  /** -1 = off */
  readonly topK?: number;
  /** 1 = off */
  readonly topP?: number;
}

/** Most likely [token, logprob] pairs at a position, best first. */
export type TopLogprobs = readonly (readonly [number, number])[];

export interface SampledSequence {
  /** Token ids, a stop token included. */
  readonly tokens: readonly number[];
  /** One per token, under the unscaled, unfiltered distribution; empty if the server sent none. */
  readonly logprobs: readonly number[];
  readonly stopReason: 'stop' | 'length';
  /** The server's name of this sample, for provenance spans (0.38.0). */
  readonly sequenceId?: string;
  /** One per token, if `topkSampleLogprobs` asked for them (0.38.0). */
  readonly topkLogprobs?: readonly (TopLogprobs | null)[];
}

export interface SampleResponse {
  readonly sequences: readonly SampledSequence[];
  /** One per prompt token; the first is null. */
  readonly promptLogprobs?: readonly (number | null)[];
  /** Per prompt token; the first is null. */
  readonly topkPromptLogprobs?: readonly (TopLogprobs | null)[];
  /** Prompt tokens that the server took from its cache. */
  readonly promptCacheHitTokens: number;
  /** float32, of the shape and layout of the request's `targetPromptLogprobs` (0.38.0). */
  readonly targetPromptLogprobs?: OutputTensor;
  /** Both [prompt length - 1, k] (0.38.0). */
  readonly promptAltTokens?: { readonly tokens: OutputTensor; readonly logprobs: OutputTensor };
}

/** A tensor of an answer: always a typed array, and always with its shape. */
export interface OutputTensor extends TensorData {
  /** Float32Array for float32; integers, exact, for int64. */
  readonly data: Float32Array | Float64Array | Int32Array;
  readonly dtype: TensorType;
  readonly shape: readonly number[];
  readonly sparseCrowIndices?: readonly number[];
  readonly sparseColIndices?: readonly number[];
}

export interface ForwardBackwardOutput {
  readonly lossFnOutputType: string;
  /** One per datum, in order. `logprobs` has the shape of the datum's targets. */
  readonly lossFnOutputs: readonly Readonly<Record<string, OutputTensor>>[];
  /** Reduced over the chunks of the call by suffix, as section 10.3 rules. `loss:sum` where the server sends it. */
  readonly metrics: Readonly<Record<string, number>>;
}

export interface OptimStepOutput {
  readonly metrics: Readonly<Record<string, number>>;
}

export interface TrainingInfo {
  readonly modelId: string;
  readonly baseModel: string;
  readonly tokenizerId?: string;
  readonly arch?: string;
  readonly isLora?: boolean;
  readonly loraRank: number | null;
  readonly optimizerConfig?: OptimizerConfig;
}

export type QueueState = 'active' | 'paused_capacity' | 'paused_rate_limit';

/** What a waiting request is told about the server's queue (section 9.5). */
export interface QueueEvent {
  readonly state: QueueState | (string & {});
  readonly reason: string | undefined;
  /** The protocol's name of the kind of request, `ForwardBackward`, `Sample`, ... */
  readonly requestType: string;
  readonly requestId: string;
  /** How long it has been waited for. */
  readonly waitedMs: number;
}

/** Of a call: give up waiting. What was submitted stays submitted. */
export interface WaitOptions {
  readonly signal?: AbortSignal | undefined;
  /** Milliseconds until the wait ends with a `timeout` error. Default: `resultTimeoutMs` of the client. */
  readonly timeoutMs?: number | undefined;
}
