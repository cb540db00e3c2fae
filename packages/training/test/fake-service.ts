/**
 * The fake service of the vectors: every call succeeds at once, logprobs are constants, and what was asked for is kept.
 * Checkpoints outlive an attempt; an attempt can die at a forward-backward call.
 */
import {
  type AdamParams,
  type CheckpointOptions,
  type CheckpointRow,
  type CustomLossFn,
  customLossOutput,
  type Datum,
  type Engine,
  float32,
  type HookRunner,
  inputTokens,
  type LossFn,
  type Metrics,
  type Registry,
  type Run,
  type RunDirectory,
  runCustomLoss,
  type SampleRequest,
  type SamplingClient,
  type SaveOptions,
  type Tokenizer,
  type TrainingClient,
} from '@tinsmith/core';

export type Call = readonly (string | number | null)[];

export interface Attempt {
  readonly ended: 'finished' | 'crash';
  readonly calls: readonly Call[];
  readonly checkpoints_file: readonly Readonly<Record<string, unknown>>[];
  /** All names of metrics, sorted. */
  readonly metric_keys: readonly string[];
  readonly rows: readonly Readonly<Record<string, unknown>>[];
  /** What each forward-backward call got. */
  readonly data: readonly (readonly Datum[])[];
}

type Recorder = (...call: Call) => void;

export interface Parts {
  readonly run: Run;
  readonly engine: Engine;
}

const crash = new Error('the process died');
const notPartOfIt = (): Promise<never> => Promise.reject(new Error('no loop of the vectors asks for this'));

/** Takes what is written and keeps nothing. */
const nowhere: RunDirectory = {
  path: '/nowhere',
  append: async () => {},
  read: async () => undefined,
  write: async () => {},
  sync: async () => {},
};

/** A row says, besides what all rows say, how many updates its state really holds. */
type Saved = CheckpointRow & { readonly updates: number };

export interface FakeServiceOptions {
  /** In place of the one for the toy environment. */
  readonly sampler?: SamplingClient;
  readonly tokenizer?: Tokenizer;
}

export class FakeService {
  readonly #options: FakeServiceOptions;
  readonly #rows: Saved[] = [];
  /** By path of the state. */
  readonly #updates = new Map<string, number>();
  #samples = 0;

  constructor(options: FakeServiceOptions = {}) {
    this.#options = options;
  }

  /** Runs a loop until it ends or dies at forward-backward call `crashAfter` + 1. */
  async attempt(crashAfter: number | null, loop: (parts: Parts) => Promise<void>): Promise<Attempt> {
    const calls: Call[] = [];
    const rows: Readonly<Record<string, unknown>>[] = [];
    const data: (readonly Datum[])[] = [];
    let passes = 0;
    const record = (...call: Call) => {
      if (String(call[0]).startsWith('forward_backward')) passes++;
      if (crashAfter !== null && passes > crashAfter) throw crash;
      calls.push(call);
    };
    const engine = this.#engine(record, data);
    const run = this.#run(rows);
    const ended = await loop({ run, engine }).then(
      () => 'finished' as const,
      (error: unknown) => {
        if (error !== crash) throw error;
        return 'crash' as const;
      },
    );
    const keys = new Set(rows.flatMap(row => Object.keys(row)));
    keys.delete('has_test');
    const checkpoints_file = [...this.#rows];
    return { ended, calls, checkpoints_file, metric_keys: [...keys].toSorted(), rows, data };
  }

  #engine(record: Recorder, data: (readonly Datum[])[]): Engine {
    return {
      specification: 'v1',
      createLoraTrainingClient: async () => {
        record('create_training', 'new');
        return this.#client(record, data, 0);
      },
      createTrainingClientFromState: notPartOfIt,
      createTrainingClientFromStateWithOptimizer: async path => {
        record('create_training', 'with_optimizer', path);
        return this.#client(record, data, this.#updates.get(path)!);
      },
      createSamplingClient: async () => this.#sampler(),
      getTokenizer: async () => this.#options.tokenizer ?? notPartOfIt(),
    };
  }

  #client(record: Recorder, sent: (readonly Datum[])[], updatesBefore: number): TrainingClient {
    let updates = updatesBefore;
    return {
      forward: async (data: readonly Datum[], lossFn: LossFn) => {
        record('forward', data.length, lossFn);
        return constantOutput(data);
      },
      forwardBackward: async (data: readonly Datum[], lossFn: LossFn) => {
        record('forward_backward', data.length, lossFn);
        sent.push(data);
        return constantOutput(data);
      },
      forwardBackwardCustom: async (data: readonly Datum[], lossFn: CustomLossFn) => {
        record('forward_backward_custom', data.length, 'custom');
        sent.push(data);
        const output = constantOutput(data);
        const logprobs = output.lossFnOutputs.map(one => Float32Array.from(one.logprobs.data));
        return customLossOutput(await runCustomLoss(lossFn, data, logprobs), output);
      },
      optimStep: async ({ learningRate, beta1, beta2, eps }: AdamParams) => {
        record('optim_step', learningRate!, beta1!, beta2!, eps!);
        updates++;
        return { metrics: { optimizer_metric: 1 } };
      },
      saveState: async (name: string, options?: SaveOptions) => {
        record('save_state', name, options?.ttlSeconds ?? null, updates);
        const path = `tinker://run/weights/${name}`;
        this.#updates.set(path, updates);
        return { path };
      },
      saveWeightsForSampler: async (name: string, options?: SaveOptions) => {
        record('save_weights_for_sampler', name, options?.ttlSeconds ?? null, updates);
        return { path: `tinker://run/sampler_weights/${name}` };
      },
      saveWeightsAndGetSamplingClient: async () => this.#sampler(),
      loadState: notPartOfIt,
      loadStateWithOptimizer: notPartOfIt,
      getInfo: notPartOfIt,
    };
  }

  #sampler(): SamplingClient {
    if (this.#options.sampler) return this.#options.sampler;
    return {
      sample: async ({ prompt, numSamples }: SampleRequest) => {
        const sum = inputTokens(prompt).reduce((total, token) => total + token, 0);
        const sequences = Array.from({ length: numSamples }, () => ({
          tokens: [65 + ((sum + this.#samples++) % 3), 256],
          logprobs: [-0.5, -0.1],
          stopReason: 'stop' as const,
        }));
        return { sequences };
      },
      computeLogprobs: async prompt => inputTokens(prompt).map((_, index) => (index === 0 ? null : -0.7)),
    };
  }

  /** What the runner does around a loop, as far as the vectors see it. */
  #run(rows: Readonly<Record<string, unknown>>[]): Run {
    const hooks: HookRunner = {
      emit: async () => {},
      ask: async () => undefined,
      transform: async <V>(_: unknown, value: V) => value,
    };
    const save = async (
      training: TrainingClient,
      { name, batch, kind = 'both', ttlSeconds, progress }: CheckpointOptions,
    ) => {
      const life = ttlSeconds === undefined ? {} : { ttlSeconds };
      const { path } = await training.saveState(name, life);
      const sampler = kind === 'both' && {
        sampler_path: (await training.saveWeightsForSampler(name, life)).path,
      };
      const row: Saved = {
        ...progress,
        name,
        batch,
        state_path: path,
        ...sampler,
        updates: this.#updates.get(path)!,
      };
      this.#rows.push(row);
      return row;
    };
    let planned = 0;
    return {
      name: 'golden',
      seed: 0,
      signal: new AbortController().signal,
      hooks,
      directory: nowhere,
      checkpoints: { last: this.#rows.at(-1), save },
      plan: steps => void (planned = steps),
      step: async (step: number, body: () => Promise<Metrics>) => {
        const metrics = await body();
        rows.push({
          step,
          'progress/batch': step,
          'progress/done_frac': (step + 1) / planned,
          ...metrics,
          has_test: Object.keys(metrics).some(key => key.startsWith('test/')),
        });
        return true;
      },
      span: (_, body) => body(),
      log: () => {},
    };
  }
}

function constantOutput(data: readonly Datum[]) {
  const lossFnOutputs = data.map(({ lossFnInputs }) => ({
    logprobs: float32(Array.from(lossFnInputs['target_tokens']!.data, () => -0.6)),
  }));
  return { lossFnOutputs, metrics: { 'loss:sum': 1 } };
}

export function registryOf<T>(values: Readonly<Record<string, T>>): Registry<T> {
  return {
    names: () => Object.keys(values),
    has: name => Object.hasOwn(values, name),
    get: async name => values[name]!,
  };
}
