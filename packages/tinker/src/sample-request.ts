/**
 * What a sample request says on the wire, and what is checked before and after it (protocol, sections 4.5 and 6.15).
 * Sends nothing.
 */
import type { Chunk, ModelInput, TensorData } from './data.js';
import { hasKnownLength, inputLength, isSparse } from './data.js';
import { badInput, badResponse, TinkerError } from './errors.js';
import type { SampledSequence, SampleResponse, SamplingParams, WaitOptions } from './types.js';
import { checkPrompt, checkTensor } from './validate.js';

export interface SampleRequest extends WaitOptions {
  readonly prompt: ModelInput;
  /** Default 1. */
  readonly numSamples?: number;
  readonly samplingParams?: SamplingParams;
  readonly includePromptLogprobs?: boolean;
  /** Number of most likely tokens per prompt position; 0 = none. */
  readonly topkPromptLogprobs?: number;
  /** Number of most likely tokens per sampled position (0.38.0). */
  readonly topkSampleLogprobs?: number;
  /** int64, [prompt length - 1, K]: row i names the tokens to score at position i + 1; -1 = nothing (0.38.0). */
  readonly targetPromptLogprobs?: TensorData;
  /** Independent draws at every prompt position after the first (0.38.0). */
  readonly promptAltTokensK?: number;
  /** Score only the last N prompt tokens; needs `includePromptLogprobs` (0.38.0). */
  readonly promptLogprobsLastN?: number;
}

/** The JSON of `asample`; a seed or number of 64 bits stays exact. */
export function sampleBody(
  request: SampleRequest,
  sampler: { readonly samplingSessionId: string; readonly seqId: number | bigint },
  options: { readonly newer: boolean; readonly recordStability: boolean },
): Readonly<Record<string, unknown>> {
  const { samplingParams = {}, targetPromptLogprobs: target, promptLogprobsLastN: lastN } = request;
  const { maxTokens, seed, stop } = samplingParams;
  return {
    num_samples: request.numSamples ?? 1,
    prompt: { chunks: request.prompt.chunks.map(chunkJson) },
    sampling_params: {
      ...(maxTokens !== undefined && { max_tokens: maxTokens }),
      ...(seed !== undefined && { seed }),
      ...(stop !== undefined && { stop }),
      temperature: samplingParams.temperature ?? 1,
      top_k: samplingParams.topK ?? -1,
      top_p: samplingParams.topP ?? 1,
    },
    sampling_session_id: sampler.samplingSessionId,
    seq_id: sampler.seqId,
    prompt_logprobs: request.includePromptLogprobs ?? false,
    topk_prompt_logprobs: request.topkPromptLogprobs ?? 0,
    ...(options.newer && {
      topk_sample_logprobs: request.topkSampleLogprobs ?? 0,
      prompt_alt_tokens_k: request.promptAltTokensK ?? 0,
      record_stability_info: options.recordStability,
      ...(target && { target_prompt_logprobs: tensorJson(target) }),
      ...(lastN !== undefined && { prompt_logprobs_last_n: lastN }),
    }),
    type: 'sample',
  };
}

/** What can be known to be wrong before anything is sent. */
export function checkSample(request: SampleRequest, newer: boolean): void {
  const { samplingParams = {}, targetPromptLogprobs: target, promptLogprobsLastN: lastN } = request;
  checkPrompt(request.prompt);
  if (!Number.isInteger(request.numSamples ?? 1) || (request.numSamples ?? 1) < 1)
    throw badInput(`numSamples is ${request.numSamples}; it must be a whole number of at least 1`);
  const { stop, maxTokens } = samplingParams;
  if (maxTokens !== undefined && (!Number.isInteger(maxTokens) || maxTokens < 1))
    throw badInput(`maxTokens is ${maxTokens}; it must be a whole number of at least 1`);
  if (Array.isArray(stop) && new Set(stop.map(item => typeof item)).size > 1)
    throw badInput('stop must be strings or token ids, not both');
  if (!newer)
    for (const key of [
      'topkSampleLogprobs',
      'promptAltTokensK',
      'targetPromptLogprobs',
      'promptLogprobsLastN',
    ] as const)
      if (request[key])
        throw new TinkerError('unsupported', `${key} (this server speaks the dialect of SDK 0.25.0)`);
  if (target) {
    checkTensor(target, 'targetPromptLogprobs');
    if (target.dtype !== 'int64' || target.shape?.length !== 2)
      throw badInput('targetPromptLogprobs must be int64 of the shape [prompt length - 1, K]');
  }
  if (lastN === undefined) return;
  const length = hasKnownLength(request.prompt) ? inputLength(request.prompt) : Infinity;
  if (!request.includePromptLogprobs) throw badInput('promptLogprobsLastN needs includePromptLogprobs');
  if (lastN < 1 || lastN > length - 1)
    throw badInput(`promptLogprobsLastN is ${lastN}; the prompt has ${length} tokens`);
}

/** Checks what was asked for (0.38.0), evens out what servers send differently, and names the sequences. */
export function completeSample(
  response: SampleResponse,
  request: SampleRequest,
  ids: readonly string[] | undefined,
): SampleResponse {
  const { promptLogprobsLastN: lastN } = request;
  if (request.promptAltTokensK && !response.promptAltTokens)
    throw badResponse('the server ignored promptAltTokensK');
  let { promptLogprobs } = response;
  if (promptLogprobs && hasKnownLength(request.prompt)) {
    const length = inputLength(request.prompt);
    // SkyRL leaves out the entry of the first token (trap 16).
    if (promptLogprobs.length === length - 1) promptLogprobs = [null, ...promptLogprobs];
    if (lastN !== undefined && promptLogprobs.slice(0, length - lastN).some(value => value !== null))
      throw badResponse('the server ignored promptLogprobsLastN');
  }
  const named = ids?.length === response.sequences.length;
  const sequences: readonly SampledSequence[] = named
    ? response.sequences.map((sequence, index) => ({ ...sequence, sequenceId: ids[index]! }))
    : response.sequences;
  return { ...response, sequences, ...(promptLogprobs && { promptLogprobs }) };
}

function chunkJson(chunk: Chunk): Readonly<Record<string, unknown>> {
  const expected = 'expectedTokens' in chunk &&
    chunk.expectedTokens !== undefined && { expected_tokens: chunk.expectedTokens };
  switch (chunk.type) {
    case 'encoded_text':
      return {
        tokens: Array.isArray(chunk.tokens) ? chunk.tokens : Array.from(chunk.tokens),
        type: chunk.type,
      };
    case 'image':
      return { data: base64(chunk.data), format: chunk.format, ...expected, type: chunk.type };
    case 'image_asset_pointer':
      return { location: chunk.location, format: chunk.format, ...expected, type: chunk.type };
    default:
      return { dmel: base64(chunk.dmel), type: chunk.type };
  }
}

const tensorJson = (tensor: TensorData): Readonly<Record<string, unknown>> => ({
  data: Array.from(tensor.data as ArrayLike<number>),
  dtype: tensor.dtype,
  shape: tensor.shape,
  ...(isSparse(tensor) && {
    sparse_crow_indices: Array.from(tensor.sparseCrowIndices!),
    sparse_col_indices: Array.from(tensor.sparseColIndices!),
  }),
});

function base64(bytes: Uint8Array): string {
  let binary = '';
  for (let at = 0; at < bytes.length; at += 0x8000)
    binary += String.fromCharCode(...bytes.subarray(at, at + 0x8000));
  return btoa(binary);
}
