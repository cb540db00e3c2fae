/** Sampling at the service from frozen weights. */
import type { ModelInput, SampleRequest, SampleResponse, SamplingClient } from '@tinsmith/core';
import type { SamplingClient as Client, WaitOptions } from '@tinsmith/tinker';
import { inputSize } from './input-size.js';
import { type RemoteContext, remoteCall } from './context.js';
import { seedFor } from './seed.js';

export class RemoteSamplingClient implements SamplingClient {
  readonly #context: RemoteContext;
  readonly #client: Client;
  readonly #baseModel: string;

  constructor(context: RemoteContext, client: Client, baseModel: string) {
    this.#context = context;
    this.#client = client;
    this.#baseModel = baseModel;
  }

  async sample(request: SampleRequest): Promise<SampleResponse> {
    const { stop, seed, ...params } = request.samplingParams;
    const base = { ...params, ...(seed !== undefined && { seed: await this.#seed(seed, request.signal) }) };
    // SkyRL takes lists alone, and one string means the same.
    const samplingParams = {
      ...base,
      ...(stop !== undefined && { stop: typeof stop === 'string' ? [stop] : stop }),
    };
    const response = await this.#call(request.prompt, request.signal, wait =>
      this.#client.sample({ ...request, ...wait, samplingParams }),
    );
    const drawn = response.sequences.reduce((sum, { tokens }) => sum + tokens.length, 0);
    this.#context.budget.count(this.#baseModel, 'sample', drawn);
    const { sequences, promptLogprobs, topkPromptLogprobs } = response;
    return {
      sequences: sequences.map(({ tokens, logprobs, stopReason }) => ({ tokens, logprobs, stopReason })),
      ...(promptLogprobs && { promptLogprobs }),
      ...(topkPromptLogprobs && { topkPromptLogprobs }),
    };
  }

  /** The service samples a token for it. */
  async computeLogprobs(prompt: ModelInput): Promise<readonly (number | null)[]> {
    const logprobs = await this.#call(prompt, undefined, wait => this.#client.computeLogprobs(prompt, wait));
    this.#context.budget.count(this.#baseModel, 'sample', 1);
    return logprobs;
  }

  #seed(seed: number, signal: AbortSignal | undefined): Promise<number> {
    return remoteCall(this.#context, { type: 'Sample', signal }, () => seedFor(this.#context, seed));
  }

  #call<T>(
    prompt: ModelInput,
    signal: AbortSignal | undefined,
    send: (wait: WaitOptions) => Promise<T>,
  ): Promise<T> {
    this.#context.budget.count(this.#baseModel, 'prefill', inputSize(prompt));
    return remoteCall(this.#context, { type: 'Sample', signal }, send);
  }
}
