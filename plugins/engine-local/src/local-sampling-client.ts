/** A frozen policy to sample from. The weights live in the worker as long as this object. */
import {
  inputTokens,
  type ModelInput,
  type SampledSequence,
  type SampleRequest,
  type SampleResponse,
  type SamplingClient,
  type SamplingParams,
} from '@tinsmith/core';
import { checkTokens } from './check-tokens.js';
import type { EngineContext } from './engine-context.js';
import { logSumExp, tokenProbabilities } from './sampling/distribution.js';
import { checkSampleRequest, completeOptions } from './sampling/sample-request.js';
import { ScoreCalls } from './sampling/score-calls.js';
import type { ModelInfo, SampleReply, SamplerId } from './worker/messages.js';

export class LocalSamplingClient implements SamplingClient {
  readonly #context: EngineContext;
  readonly #sampler: SamplerId;
  readonly #model: ModelInfo;
  readonly #scoring: ScoreCalls;
  /** Bytes of weights that this client alone keeps in the worker. */
  readonly ownBytes: number;

  constructor(context: EngineContext, sampler: SamplerId, model: ModelInfo, ownBytes = 0) {
    this.#context = context;
    this.#sampler = sampler;
    this.#model = model;
    this.ownBytes = ownBytes;
    const { connection } = context; // not the client, which may be gone before its replies
    this.#scoring = new ScoreCalls(sequences => connection.call('score', { sampler, sequences }));
    context.releaseWithClient(this, { sampler }, ownBytes);
  }

  async sample(request: SampleRequest): Promise<SampleResponse> {
    const { samples } = this.#context;
    const call = checkSampleRequest(request, this.#model, samples.nextId(), this.#sampler);
    const reply = await samples.submit(call, request.signal);
    const { promptLogprobs, topkTokens, topkLogprobs } = reply;
    return {
      sequences: unpackSequences(reply),
      ...(promptLogprobs && call.promptLogprobs && { promptLogprobs: [null, ...promptLogprobs] }),
      ...(topkTokens &&
        topkLogprobs && {
          topkPromptLogprobs: [null, ...pairRows(topkTokens, topkLogprobs, call.prompt.length - 1)],
        }),
    };
  }

  async computeLogprobs(prompt: ModelInput): Promise<readonly (number | null)[]> {
    const tokens = inputTokens(prompt);
    checkTokens(tokens, this.#model, 'the prompt');
    return [null, ...(await this.#scoring.score(Int32Array.from(tokens)))];
  }

  /** For inspection: the logits behind every token of each sequence, [length, vocabulary] row-major. */
  async logits(sequences: readonly ModelInput[]): Promise<readonly Float32Array[]> {
    const tokens = sequences.map(inputTokens);
    tokens.forEach((sequence, index) => checkTokens(sequence, this.#model, `sequence ${index}`));
    return this.#context.connection.call('logits', {
      sampler: this.#sampler,
      sequences: tokens.map(sequence => Int32Array.from(sequence)),
    });
  }

  /**
   * For inspection: the exact distribution that the next token of a sample would be drawn from, [vocabulary], and the
   * log-probability that would be reported with each token.
   */
  async nextTokenDistribution(
    prompt: ModelInput,
    params: SamplingParams,
  ): Promise<{ readonly probabilities: Float64Array; readonly logprobs: Float64Array }> {
    const options = completeOptions(params, this.#model);
    const [logits] = await this.logits([prompt]);
    const last = logits!.subarray(-this.#model.vocabularySize);
    const normaliser = logSumExp(last);
    return {
      probabilities: tokenProbabilities(last, options),
      logprobs: Float64Array.from(last, logit => logit - normaliser),
    };
  }
}

function unpackSequences({ tokens, logprobs, lengths, stopped }: SampleReply): SampledSequence[] {
  let start = 0;
  return Array.from(lengths, (length, index) => {
    const end = start + length;
    const sequence: SampledSequence = {
      tokens: Array.from(tokens.subarray(start, end)),
      logprobs: Array.from(logprobs.subarray(start, end)),
      stopReason: stopped[index] ? 'stop' : 'length',
    };
    start = end;
    return sequence;
  });
}

function pairRows(
  tokens: Int32Array,
  logprobs: Float64Array,
  rows: number,
): (readonly (readonly [number, number])[])[] {
  const k = rows === 0 ? 0 : tokens.length / rows;
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: k }, (__, rank) => [tokens[row * k + rank]!, logprobs[row * k + rank]!] as const),
  );
}
