/** `@tinsmith/tinker`: a client of the Tinker API. Everything public is here, but for `./archive` and `./credentials`. */
export type { Identity } from './auth.js';
export type { CustomLoss, CustomLossFn } from './custom-loss.js';
export {
  csr,
  float32,
  inputLength,
  int64,
  modelInput,
  nextTokenDatum,
  type Chunk,
  type Datum,
  type DmelChunk,
  type EncodedTextChunk,
  type ImageAssetPointerChunk,
  type ImageChunk,
  type ModelInput,
  type ProvenanceSpan,
  type TensorData,
  type TensorType,
} from './data.js';
export type { Dialect } from './dialect.js';
export {
  TinkerError,
  type FailureCategory,
  type TinkerErrorCode,
  type TinkerErrorOptions,
} from './errors.js';
export type { TinkerFuture } from './future.js';
export type { Fetch } from './http/send.js';
export {
  HOSTED_URL,
  type ClientOptions,
  type ConnectionLimits,
  type Credential,
  type DialectVersion,
  type Logger,
} from './options.js';
export type { Listing, Page } from './pages.js';
export { parseTinkerPath, type CheckpointKind, type TinkerPath } from './path.js';
export { RestClient } from './rest-client.js';
export type * from './rest-types.js';
export type { SampleRequest } from './sample-request.js';
export type { RetryOptions, SamplerHandle, SamplingClient } from './sampling-client.js';
export {
  ServiceClient,
  type CustomLossGraph,
  type FromStateOptions,
  type LoraTrainingOptions,
} from './service-client.js';
export type { FinishReason } from './session.js';
export { tokenizerIdOf, type TokenizerSource } from './tokenizer.js';
export type { ExternalSaveOptions, SamplerOptions, SaveOptions, TrainingClient } from './training-client.js';
export type * from './types.js';
export type { LossFnConfig } from './validate.js';
export { version } from './version.js';
