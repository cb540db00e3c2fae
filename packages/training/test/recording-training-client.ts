/** A training client that learns nothing: it records what it is asked and answers with constant logprobs. */
import {
  type AdamParams,
  type Datum,
  float32,
  type ForwardBackwardOutput,
  type LossFn,
  type LossFnConfig,
  type OptimStepOutput,
  type SamplingClient,
  type TrainingClient,
  type TrainingInfo,
} from '@tinsmith/core';

export class RecordingTrainingClient implements TrainingClient {
  /** Names of the calls, in order of submission. */
  readonly calls: string[] = [];
  readonly passes: { data: readonly Datum[]; lossFn: LossFn; config: LossFnConfig | undefined }[] = [];
  readonly updates: AdamParams[] = [];

  async forwardBackward(data: readonly Datum[], lossFn: LossFn, config?: LossFnConfig) {
    this.calls.push('forwardBackward');
    this.passes.push({ data, lossFn, config });
    return constantOutput(data, this.passes.length);
  }

  async forward(data: readonly Datum[]) {
    this.calls.push('forward');
    return constantOutput(data, 0);
  }

  async optimStep(params: AdamParams): Promise<OptimStepOutput> {
    this.calls.push('optimStep');
    this.updates.push(params);
    return { metrics: { 'optim/grad_norm': this.updates.length } };
  }

  forwardBackwardCustom(): Promise<ForwardBackwardOutput> {
    throw new Error('not part of a train step');
  }
  saveState(): Promise<{ path: string }> {
    throw new Error('not part of a train step');
  }
  saveWeightsForSampler(): Promise<{ path: string }> {
    throw new Error('not part of a train step');
  }
  saveWeightsAndGetSamplingClient(): Promise<SamplingClient> {
    throw new Error('not part of a train step');
  }
  loadState(): Promise<void> {
    throw new Error('not part of a train step');
  }
  loadStateWithOptimizer(): Promise<void> {
    throw new Error('not part of a train step');
  }
  getInfo(): Promise<TrainingInfo> {
    throw new Error('not part of a train step');
  }
}

/** Every logprob of pass k is -k, and its loss k: tells the passes apart. */
function constantOutput(data: readonly Datum[], pass: number): ForwardBackwardOutput {
  return {
    lossFnOutputs: data.map(({ lossFnInputs }) => ({
      logprobs: float32(Array.from(lossFnInputs['target_tokens']!.data, () => -pass)),
    })),
    metrics: { 'loss:sum': pass },
  };
}
