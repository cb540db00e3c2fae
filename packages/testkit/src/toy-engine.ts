/**
 * A real engine for tests, in microseconds: a bigram model (a table of logits, one row per previous token)
 * with exact gradients, AdamW, sampling and checkpoints. All semantics of the engine seam hold; the only toy
 * is the model, which sees one token back.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import {
  type AdamParams,
  crossEntropyDatum,
  type CustomLossFn,
  customLossOutput,
  type Datum,
  definePlugin,
  type Engine,
  Engines,
  float32,
  type ForwardBackwardOutput,
  inputTokens,
  type LossFn,
  type ModelInput,
  runCustomLoss,
  RunDirectories,
  type SampledSequence,
  type SampleRequest,
  type SampleResponse,
  type SamplingClient,
  TinsmithError,
  type TrainingClient,
} from '@tinsmith/core';
import { toyTokenizer } from './toy-tokenizer.js';
import { version } from './version.js';

export const TOY_VOCABULARY = toyTokenizer.vocabSize;
const SIZE = TOY_VOCABULARY * TOY_VOCABULARY;

/** The plugin: an engine named `toy`. */
export const toyEngine = definePlugin({
  name: '@tinsmith/testkit/toy-engine',
  version,
  setup({ provide }) {
    provide(Engines, 'toy', {
      deps: { directory: RunDirectories },
      create: ({ directory }) => new ToyEngine(directory.path),
    });
  },
});

interface State {
  readonly weights: Float64Array;
  readonly m: Float64Array;
  readonly v: Float64Array;
  steps: number;
}

const freshState = (): State => ({
  weights: new Float64Array(SIZE),
  m: new Float64Array(SIZE),
  v: new Float64Array(SIZE),
  steps: 0,
});

export class ToyEngine implements Engine {
  readonly specification = 'v1';
  readonly #folder: string;

  /** Checkpoints go to `checkpoints` below the folder. */
  constructor(folder: string) {
    this.#folder = join(folder, 'checkpoints');
  }

  async createLoraTrainingClient(): Promise<TrainingClient> {
    return new ToyTrainingClient(this.#folder, freshState());
  }

  async createTrainingClientFromState(path: string): Promise<TrainingClient> {
    return new ToyTrainingClient(this.#folder, {
      ...freshState(),
      weights: load(this.#folder, path).weights,
    });
  }

  async createTrainingClientFromStateWithOptimizer(path: string): Promise<TrainingClient> {
    return new ToyTrainingClient(this.#folder, load(this.#folder, path));
  }

  async createSamplingClient(source: { baseModel: string } | { modelPath: string }): Promise<SamplingClient> {
    const weights =
      'modelPath' in source ? load(this.#folder, source.modelPath).weights : freshState().weights;
    return new ToySamplingClient(weights);
  }

  async getTokenizer(): Promise<typeof toyTokenizer> {
    return toyTokenizer;
  }
}

class ToyTrainingClient implements TrainingClient {
  readonly #folder: string;
  #state: State;
  #gradient = new Float64Array(SIZE);
  /** Calls run in the order in which they were made, one at a time. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(folder: string, state: State) {
    this.#folder = folder;
    this.#state = state;
  }

  forward(data: readonly Datum[], lossFn: LossFn): Promise<ForwardBackwardOutput> {
    return this.#inTurn(() => this.#pass(data, lossFn, new Float64Array(SIZE)));
  }

  forwardBackward(data: readonly Datum[], lossFn: LossFn): Promise<ForwardBackwardOutput> {
    return this.#inTurn(() => this.#pass(data, lossFn, this.#gradient));
  }

  forwardBackwardCustom(data: readonly Datum[], lossFn: CustomLossFn): Promise<ForwardBackwardOutput> {
    return this.#inTurn(async () => {
      const forward = this.#pass(
        data.map(datum => crossEntropyDatum(datum)),
        'cross_entropy',
        new Float64Array(SIZE),
      );
      const logprobs = forward.lossFnOutputs.map(output => Float32Array.from(output['logprobs']!.data));
      const custom = await runCustomLoss(lossFn, data, logprobs);
      const weighted = data.map((datum, i) => crossEntropyDatum(datum, custom.gradients[i]));
      return customLossOutput(custom, this.#pass(weighted, 'cross_entropy', this.#gradient));
    });
  }

  optimStep(params: AdamParams): Promise<{ metrics: Record<string, number> }> {
    return this.#inTurn(() => {
      const norm = adamW(this.#state, this.#gradient, params);
      this.#gradient = new Float64Array(SIZE);
      return { metrics: { 'optim/grad_norm': norm } };
    });
  }

  saveState(name: string): Promise<{ path: string }> {
    return this.#inTurn(() => save(this.#folder, `${name}/weights.json`, this.#state));
  }

  saveWeightsForSampler(name: string): Promise<{ path: string }> {
    return this.#inTurn(() => save(this.#folder, `${name}/sampler.json`, this.#state));
  }

  saveWeightsAndGetSamplingClient(): Promise<SamplingClient> {
    return this.#inTurn(() => new ToySamplingClient(this.#state.weights.slice()));
  }

  loadState(path: string): Promise<void> {
    return this.#inTurn(
      () => void (this.#state = { ...freshState(), weights: load(this.#folder, path).weights }),
    );
  }

  loadStateWithOptimizer(path: string): Promise<void> {
    return this.#inTurn(() => void (this.#state = load(this.#folder, path)));
  }

  async getInfo(): Promise<{ baseModel: string; loraRank: null; trainableParameters: number }> {
    return { baseModel: 'toy', loraRank: null, trainableParameters: SIZE };
  }

  #inTurn<T>(body: () => T | Promise<T>): Promise<T> {
    const result = this.#queue.then(body);
    this.#queue = result.catch(() => {});
    return result;
  }

  /** Loss and logprobs of all datums; their gradient is added to `gradient`. */
  #pass(data: readonly Datum[], lossFn: LossFn, gradient: Float64Array): ForwardBackwardOutput {
    const examples = data.map(datum => ({ datum, tokens: checkedTokens(datum) }));
    let loss = 0;
    const lossFnOutputs = examples.map(({ datum, tokens }) => {
      const { data: targets, shape } = datum.lossFnInputs['target_tokens']!;
      const width = shape?.[1] ?? 1;
      const rows = tokens.map(token => rowLogprobs(this.#state.weights, token));
      const logprobs = Array.from(targets, (target, i) => {
        const place = Math.floor(i / width);
        const row = rows[place]!;
        const logprob = row[target]!;
        const { value, slope } = lossAt(lossFn, datum, i, logprob);
        loss += value;
        for (let j = 0; j < TOY_VOCABULARY; j++) {
          gradient[tokens[place]! * TOY_VOCABULARY + j]! +=
            slope * ((j === target ? 1 : 0) - Math.exp(row[j]!));
        }
        return logprob;
      });
      return { logprobs: float32(logprobs, shape) };
    });
    return { lossFnOutputs, metrics: { 'loss:sum': loss } };
  }
}

/** Loss of one position and its derivative with respect to the target's log-probability (protocol spec, section 12). */
function lossAt(lossFn: LossFn, datum: Datum, i: number, logprob: number): { value: number; slope: number } {
  const input = (name: string) => datum.lossFnInputs[name]?.data[i] ?? 0;
  if (lossFn === 'cross_entropy') return { value: -input('weights') * logprob, slope: -input('weights') };
  if (lossFn === 'importance_sampling') {
    const value = -Math.exp(logprob - input('logprobs')) * input('advantages');
    return { value, slope: value };
  }
  throw new TinsmithError({
    code: 'LOSS_UNKNOWN',
    message: `the toy engine has no loss "${lossFn}"`,
    fix: 'cross_entropy or importance_sampling',
  });
}

function checkedTokens(datum: Datum): readonly number[] {
  const tokens = checkedPrompt(datum.modelInput);
  const width = datum.lossFnInputs['target_tokens']?.shape?.[1] ?? 1; // K soft targets per position
  for (const [name, tensor] of Object.entries(datum.lossFnInputs)) {
    if (tensor.data.length === tokens.length * width) continue;
    throw new TinsmithError({
      code: 'DATUM_INVALID',
      message: `${name} has another length than the model input`,
      found: `${tensor.data.length} and ${tokens.length}${width > 1 ? ` x ${width}` : ''}`,
      fix: 'give one entry per token of the input, or per soft target of it',
    });
  }
  return tokens;
}

function checkedPrompt(input: ModelInput): readonly number[] {
  const tokens = inputTokens(input);
  const outside = tokens.find(token => !Number.isInteger(token) || token < 0 || token >= TOY_VOCABULARY);
  if (tokens.length > 0 && outside === undefined) return tokens;
  throw new TinsmithError({
    code: tokens.length ? 'TOKEN_OUT_OF_RANGE' : 'INPUT_EMPTY',
    message: tokens.length ? 'a token id is not in the vocabulary' : 'the input has no tokens',
    found: String(outside ?? 0),
    fix: `ids from 0 to ${TOY_VOCABULARY - 1}`,
  });
}

/** AdamW as in the protocol spec, section 13. Returns the gradient's norm before clipping. */
function adamW(state: State, gradient: Float64Array, params: AdamParams): number {
  const {
    learningRate = 1e-4,
    beta1 = 0.9,
    beta2 = 0.95,
    eps = 1e-12,
    weightDecay = 0,
    gradClipNorm = 0,
  } = params;
  const norm = Math.sqrt(gradient.reduce((sum, g) => sum + g * g, 0));
  const scale = gradClipNorm > 0 && norm > gradClipNorm ? gradClipNorm / norm : 1;
  state.steps++;
  for (let i = 0; i < SIZE; i++) {
    const g = gradient[i]! * scale;
    state.m[i] = beta1 * state.m[i]! + (1 - beta1) * g;
    state.v[i] = beta2 * state.v[i]! + (1 - beta2) * g * g;
    const step =
      state.m[i]! / (1 - beta1 ** state.steps) / (Math.sqrt(state.v[i]! / (1 - beta2 ** state.steps)) + eps);
    state.weights[i] = state.weights[i]! * (1 - learningRate * weightDecay) - learningRate * step;
  }
  return norm;
}

class ToySamplingClient implements SamplingClient {
  readonly #weights: Float64Array;

  constructor(weights: Float64Array) {
    this.#weights = weights;
  }

  async sample(request: SampleRequest): Promise<SampleResponse> {
    request.signal?.throwIfAborted();
    const prompt = checkedPrompt(request.prompt);
    const { seed = Math.floor(Math.random() * 2 ** 32) } = request.samplingParams;
    const sequences = Array.from({ length: request.numSamples }, (_, i) =>
      this.#draw(prompt.at(-1)!, request, seed + i),
    );
    const { includePromptLogprobs, topkPromptLogprobs = 0 } = request;
    return {
      sequences,
      ...(includePromptLogprobs && { promptLogprobs: this.#score(prompt) }),
      ...(topkPromptLogprobs > 0 && { topkPromptLogprobs: this.#best(prompt, topkPromptLogprobs) }),
    };
  }

  async computeLogprobs(prompt: ModelInput): Promise<readonly (number | null)[]> {
    return this.#score(checkedPrompt(prompt));
  }

  #score(tokens: readonly number[]): (number | null)[] {
    return tokens.map((token, i) => (i === 0 ? null : rowLogprobs(this.#weights, tokens[i - 1]!)[token]!));
  }

  #best(tokens: readonly number[], count: number): ([number, number][] | null)[] {
    return tokens.map((_, i) =>
      i === 0
        ? null
        : rowLogprobs(this.#weights, tokens[i - 1]!)
            .map((logprob, token): [number, number] => [token, logprob])
            .toSorted((one, other) => other[1] - one[1])
            .slice(0, count),
    );
  }

  #draw(last: number, { samplingParams }: SampleRequest, seed: number): SampledSequence {
    const { maxTokens = 64, temperature = 1, stop = [toyTokenizer.eosTokenId!] } = samplingParams;
    const uniform = uniformFrom(seed);
    const tokens: number[] = [];
    const logprobs: number[] = [];
    let previous = last;
    while (tokens.length < maxTokens) {
      const row = rowLogprobs(this.#weights, previous);
      previous =
        temperature === 0
          ? row.indexOf(Math.max(...row))
          : pick(
              row.map(x => x / temperature),
              uniform(),
            );
      tokens.push(previous);
      logprobs.push(row[previous]!);
      if (stops(stop, tokens)) return { tokens, logprobs, stopReason: 'stop' };
    }
    return { tokens, logprobs, stopReason: 'length' };
  }
}

function stops(stop: string | readonly string[] | readonly number[], tokens: readonly number[]): boolean {
  const text = () => toyTokenizer.decode(tokens);
  if (typeof stop === 'string') return text().includes(stop);
  return stop.some(entry => (typeof entry === 'string' ? text().includes(entry) : entry === tokens.at(-1)));
}

function rowLogprobs(weights: Float64Array, token: number): number[] {
  const row = Array.from(weights.subarray(token * TOY_VOCABULARY, (token + 1) * TOY_VOCABULARY));
  const top = Math.max(...row);
  const logSum = top + Math.log(row.reduce((sum, x) => sum + Math.exp(x - top), 0));
  return row.map(x => x - logSum);
}

/** The index at which the cumulative probability of exp(logits), normalised, passes u. */
function pick(logits: readonly number[], u: number): number {
  const top = Math.max(...logits);
  const odds = logits.map(x => Math.exp(x - top));
  let left = u * odds.reduce((sum, x) => sum + x, 0);
  const index = odds.findIndex(x => (left -= x) < 0);
  return index < 0 ? odds.length - 1 : index;
}

/** Mulberry32: enough for a test engine. */
function uniformFrom(seed: number): () => number {
  let state = (seed ^ Math.imul(Math.floor(seed / 2 ** 32), 0x9e3779b1)) >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

function save(folder: string, path: string, state: State): { path: string } {
  const file = join(folder, path);
  mkdirSync(dirname(file), { recursive: true });
  const { weights, m, v, steps } = state;
  writeFileSync(file, JSON.stringify({ weights: [...weights], m: [...m], v: [...v], steps }));
  return { path: `toy://${path}` };
}

function load(folder: string, path: string): State {
  const file = join(folder, path.replace('toy://', ''));
  if (!existsSync(file)) {
    throw new TinsmithError({
      code: 'CHECKPOINT_NOT_FOUND',
      message: `there is no checkpoint ${path}`,
      at: folder,
      fix: 'a path that saveState returned',
    });
  }
  const { weights, m, v, steps } = JSON.parse(readFileSync(file, 'utf8')) as {
    weights: number[];
    m: number[];
    v: number[];
    steps: number;
  };
  return { weights: Float64Array.from(weights), m: Float64Array.from(m), v: Float64Array.from(v), steps };
}
