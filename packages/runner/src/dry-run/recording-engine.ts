/**
 * An engine for a run that spends nothing: tokenizers are those of the real engine, and what a recipe sends for its first batch is
 * kept instead of computed. Whoever waits for samples or for a training pass of the batch waits for ever: the run is ended from
 * outside. Evaluations on the way there are answered with nothing, so that the recipe comes to its batch.
 */
import {
  type Datum,
  type Engine,
  float32,
  type ForwardBackwardOutput,
  inputLength,
  type LoraTrainingOptions,
  type ModelInput,
  type SampleRequest,
  type SampleResponse,
  type SamplingClient,
  type Tokenizer,
  type TrainingClient,
} from '@tinsmith/core';

export interface Recording {
  /** What was to be trained on first; undefined if samples were asked for before. */
  trained: { readonly data: readonly Datum[]; readonly loss: string } | undefined;
  /** What was to be sampled for the first batch. */
  readonly sampled: SampleRequest[];
  /** Requests of evaluations before the first batch: samples, and sequences to score. */
  readonly evaluated: { samples: number; scored: number };
  readonly tokenizers: Map<string, Tokenizer>;
  /** Of the client that is trained. */
  training: LoraTrainingOptions | undefined;
  /** Called whenever something is recorded that is not answered. */
  onHeld: () => void;
}

export const newRecording = (): Recording => ({
  trained: undefined,
  sampled: [],
  evaluated: { samples: 0, scored: 0 },
  tokenizers: new Map(),
  training: undefined,
  onHeld: () => {},
});

/** `isEvaluating` says of the caller at the moment whether it is an evaluation. */
export function recordingEngine(engine: Engine, recording: Recording, isEvaluating: () => boolean): Engine {
  const sampling = recordingSampler(recording, isEvaluating);
  const train = (given?: LoraTrainingOptions) => {
    recording.training ??= given;
    return Promise.resolve(recordingTrainer(recording, sampling, given));
  };
  return {
    specification: 'v1',
    createLoraTrainingClient: options => train(options),
    createTrainingClientFromState: () => train(),
    createTrainingClientFromStateWithOptimizer: () => train(),
    createSamplingClient: () => Promise.resolve(sampling),
    async getTokenizer(baseModel) {
      const tokenizer = await engine.getTokenizer(baseModel);
      recording.tokenizers.set(baseModel, tokenizer);
      return tokenizer;
    },
    ...(engine.tokenPrices && { tokenPrices: baseModel => engine.tokenPrices!(baseModel) }),
  };
}

const saved = () => Promise.resolve({ path: 'dry-run' });

function recordingTrainer(
  recording: Recording,
  sampling: SamplingClient,
  given: LoraTrainingOptions | undefined,
): TrainingClient {
  const hold = (data: readonly Datum[], loss: string) => {
    recording.trained ??= { data, loss };
    return held<ForwardBackwardOutput>(recording);
  };
  return {
    forward(data) {
      recording.evaluated.scored += data.length;
      const lossFnOutputs = data.map(datum => ({ logprobs: zerosFor(datum) }));
      return Promise.resolve({ lossFnOutputs, metrics: {} });
    },
    forwardBackward: (data, lossFn) => hold(data, lossFn),
    forwardBackwardCustom: data => hold(data, 'a loss of the recipe'),
    optimStep: () => held(recording),
    saveState: saved,
    saveWeightsForSampler: saved,
    saveWeightsAndGetSamplingClient: () => Promise.resolve(sampling),
    loadState: () => Promise.resolve(),
    loadStateWithOptimizer: () => Promise.resolve(),
    getInfo: () => Promise.resolve({ baseModel: given?.baseModel ?? '', loraRank: given?.rank ?? null }),
  };
}

function recordingSampler(recording: Recording, isEvaluating: () => boolean): SamplingClient {
  return {
    sample(request) {
      if (isEvaluating()) {
        recording.evaluated.samples += request.numSamples;
        return Promise.resolve(nothingSaid(request));
      }
      recording.sampled.push(request);
      return held(recording);
    },
    computeLogprobs(prompt: ModelInput) {
      recording.evaluated.scored++;
      return Promise.resolve(
        Array.from({ length: inputLength(prompt) }, (_, index) => (index === 0 ? null : 0)),
      );
    },
  };
}

const nothingSaid = ({ numSamples }: SampleRequest): SampleResponse => ({
  sequences: Array.from({ length: numSamples }, () => ({ tokens: [], logprobs: [], stopReason: 'length' })),
});

function zerosFor({ lossFnInputs }: Datum) {
  const { data = [], shape } = lossFnInputs['target_tokens'] ?? {};
  return float32(new Float32Array(data.length), shape);
}

function held<T>(recording: Recording): Promise<T> {
  recording.onHeld();
  return new Promise(() => {});
}
