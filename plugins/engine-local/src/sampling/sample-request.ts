/** Checks a sample request and fills in its defaults. Runs in the program's thread. */
import { randomBytes } from 'node:crypto';
import { inputTokens, type SampleRequest, type SamplingParams, TinsmithError } from '@tinsmith/core';
import { checkTokens } from '../check-tokens.js';
import type { ModelInfo, SampleCall, SampleOptions, SamplerId } from '../worker/messages.js';

/** @throws {TinsmithError} INPUT_EMPTY, TOKEN_OUT_OF_RANGE, SEQUENCE_TOO_LONG, SAMPLING_PARAMS */
export function checkSampleRequest(
  request: SampleRequest,
  model: ModelInfo,
  id: number,
  sampler: SamplerId,
): SampleCall {
  const prompt = inputTokens(request.prompt);
  checkTokens(prompt, model, 'the prompt');
  if (prompt.length === model.maxTokens)
    throw new TinsmithError({
      code: 'SEQUENCE_TOO_LONG',
      message: 'the prompt leaves no room for a single token',
      found: `${prompt.length} tokens, of at most ${model.maxTokens} for prompt and sample together`,
    });
  checkCount('numSamples', request.numSamples, 1);
  const topk = request.topkPromptLogprobs ?? 0;
  checkCount('topkPromptLogprobs', topk, 0);
  return {
    id,
    sampler,
    prompt: Int32Array.from(prompt),
    numSamples: request.numSamples,
    options: completeOptions(request.samplingParams, model),
    promptLogprobs: request.includePromptLogprobs === true || topk > 0,
    topkPromptLogprobs: topk,
  };
}

/** @throws {TinsmithError} SAMPLING_PARAMS */
export function completeOptions(params: SamplingParams, model: ModelInfo): SampleOptions {
  const { maxTokens = model.maxTokens, temperature = 1, topK = -1, topP = 1, seed, stop } = params;
  checkCount('maxTokens', maxTokens, 1);
  if (!(temperature >= 0 && temperature < Infinity))
    throw wrong('temperature', 'a number of at least 0', temperature);
  if (!Number.isInteger(topK)) throw wrong('topK', 'an integer', topK);
  if (!(topP >= 0)) throw wrong('topP', 'a number of at least 0', topP);
  if (seed !== undefined && !Number.isInteger(seed)) throw wrong('seed', 'an integer', seed);
  return {
    maxTokens,
    seed: seed === undefined ? randomBytes(8).readBigUInt64LE() : BigInt(seed),
    ...readStop(stop, model),
    temperature,
    topK: Math.max(0, topK),
    topP: Math.min(1, topP),
  };
}

function readStop(stop: SamplingParams['stop'], { endTokens, vocabularySize }: ModelInfo) {
  if (stop === undefined) return { stopTokens: endTokens, stopStrings: [] };
  const list: readonly (string | number)[] = typeof stop === 'string' ? [stop] : stop;
  const stopStrings = list.filter(item => typeof item === 'string');
  const stopTokens = list.filter(item => typeof item === 'number');
  if (stopStrings.length > 0 && stopTokens.length > 0)
    throw wrong('stop', 'strings or token ids, not both', list);
  if (stopStrings.includes('')) throw wrong('stop', 'strings that are not empty', list);
  const isToken = (id: number) => Number.isInteger(id) && id >= 0 && id < vocabularySize;
  if (stopStrings.length + stopTokens.length !== list.length || !stopTokens.every(isToken))
    throw wrong('stop', `strings, or ids of the model's ${vocabularySize} tokens`, list);
  return { stopTokens, stopStrings };
}

function checkCount(name: string, value: number, least: number): void {
  if (!Number.isInteger(value) || value < least) throw wrong(name, `an integer of at least ${least}`, value);
}

function wrong(name: string, wanted: string, found: unknown): TinsmithError {
  return new TinsmithError({
    code: 'SAMPLING_PARAMS',
    message: `${name} must be ${wanted}`,
    found: typeof found === 'number' ? String(found) : JSON.stringify(found),
  });
}
