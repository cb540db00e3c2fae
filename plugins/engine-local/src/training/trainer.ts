/**
 * Training in the worker: passes that add to a gradient, and steps that use it up. A failed pass leaves the gradient as it was.
 * Knows nothing of messages or files.
 */
import { type AdamParams, TinsmithError } from '@tinsmith/core';
import type { LossName } from '../model/index.js';
import type { FloatTensors } from '../weights/safetensors.js';
import { type Feeds, float32Tensor, int64Tensor } from '../worker/graph-sessions.js';
import type { PackedData, PassReply } from '../worker/messages.js';
import type { Policy } from '../worker/policy.js';
import { adamStep, freshOptimizer, globalNorm, type Gradients, type OptimizerState } from './adamw.js';
import { Layout, offsetsOf } from './layout.js';
import { planMicroBatches } from './micro-batches.js';
import { runSegments } from './segments.js';
import type { TrainingPlan } from './training-plan.js';

export interface PassOptions {
  readonly loss: LossName;
  /** The loss's scalars, complete. */
  readonly lossConfig: Readonly<Record<string, number>>;
  readonly forwardOnly: boolean;
}

/** What a plan is made for. */
export interface PassSize {
  /** Positions of the longest datum. */
  readonly longest: number;
  readonly forwardOnly: boolean;
}

const embeddings = 'model.embed_tokens.weight';

export class Trainer {
  readonly policy: Policy;
  /** What is trained, by name: the same arrays that the policy's tensors wrap. */
  readonly parameters: FloatTensors;
  readonly #plan: (size: PassSize) => TrainingPlan;
  optimizer: OptimizerState = freshOptimizer();
  #gradients: Gradients = new Map();

  constructor(policy: Policy, parameters: FloatTensors, plan: (size: PassSize) => TrainingPlan) {
    this.policy = policy;
    this.parameters = parameters;
    this.#plan = plan;
  }

  /** The sum over all passes since the last step. */
  get gradients(): ReadonlyMap<string, Float64Array> {
    return this.#gradients;
  }

  async pass(data: PackedData, options: PassOptions): Promise<PassReply> {
    const { forwardOnly } = options;
    const longest = data.lengths.reduce((most, length) => Math.max(most, length), 1);
    const plan = this.#plan({ longest, forwardOnly });
    const offsets = offsetsOf(data);
    const logprobs = new Float32Array(data.targets.length);
    const gradients: Gradients = new Map();
    let loss = 0;
    for (const batch of planMicroBatches(data, plan.positions)) {
      const layout = new Layout(batch, data, offsets, { time: plan.blocks, scored: plan.parts });
      const results = await this.#runMicroBatch(layout, data, plan, options, gradients);
      layout.uncells(results.logprobs, logprobs);
      loss += results.loss;
    }
    if (!Number.isFinite(loss)) throw notFinite('the loss', loss);
    if (this.#gradients.size === 0) this.#gradients = gradients;
    else for (const [name, values] of gradients) add(this.#gradients, name, values);
    return { loss, logprobs, plan };
  }

  /** @returns the gradient's global L2 norm before clipping. */
  step(params: Required<AdamParams>): number {
    const gradients = this.#gradients;
    this.#gradients = new Map();
    const norm = globalNorm(gradients);
    if (!Number.isFinite(norm)) throw notFinite("the gradient's norm", norm);
    adamStep(this.parameters, gradients, norm, this.optimizer, params);
    return norm;
  }

  /** Takes over saved weights, and the optimiser's state or a fresh one. The accumulated gradient is dropped. */
  load(parameters: FloatTensors, optimizer: OptimizerState = freshOptimizer()): void {
    for (const [name, { data }] of this.parameters) data.set(parameters.get(name)!.data);
    this.optimizer = optimizer;
    this.#gradients = new Map();
  }

  /** One micro-batch; its gradients are added to `gradients`. */
  async #runMicroBatch(
    layout: Layout,
    data: PackedData,
    plan: TrainingPlan,
    { loss, lossConfig, forwardOnly }: PassOptions,
    gradients: Gradients,
  ): Promise<{ readonly loss: number; readonly logprobs: Float32Array }> {
    const { policy } = this;
    const { hiddenSize } = policy.config;
    const table = policy.tensors.get(embeddings)!.data as Float32Array;
    const tokens = layout.tokens();
    const hidden = new Float32Array(tokens.length * hiddenSize);
    for (let place = 0; place < tokens.length; place++) {
      const start = tokens[place]! * hiddenSize;
      hidden.set(table.subarray(start, start + hiddenSize), place * hiddenSize);
    }
    const input = {
      policy,
      plan,
      loss,
      forwardOnly,
      hidden,
      shape: [layout.batch, layout.time, hiddenSize],
      feeds: lossFeeds(layout, data, lossConfig),
      sizes: { block: share(layout.time, plan.blocks), part: share(layout.scored, plan.parts) },
    } as const;
    const results = await runSegments(input, (name, gradient) => add(gradients, name, gradient));
    if (policy.lora === undefined && results.hiddenGradient)
      addEmbeddingGradient(gradients, table.length, { layout, data, hiddenSize }, results.hiddenGradient);
    return results;
  }
}

/** The size of each of so many parts but the last, as a graph wants it. */
const share = (whole: number, count: number) => int64Tensor([Math.floor(whole / count)], [1]);

function lossFeeds(layout: Layout, data: PackedData, lossConfig: PassOptions['lossConfig']): Feeds {
  const { scored, choices, cellCount } = layout;
  const shape = [scored, choices];
  const cells = (values: Float32Array) =>
    float32Tensor(layout.cells(values, new Float32Array(cellCount)), shape);
  const feeds: Record<string, Feeds[string]> = {
    rows: int64Tensor(layout.rows(), [scored]),
    targets: int64Tensor(layout.cells(data.targets, new Int32Array(cellCount)), shape),
    mask: cells(new Float32Array(data.targets.length).fill(1)), // for the losses that ask for it
  };
  for (const [name, values] of Object.entries(data.values)) feeds[name] = cells(values);
  for (const [name, value] of Object.entries(lossConfig))
    feeds[name] = float32Tensor(Float32Array.of(value), []);
  return feeds;
}

/** Adds the gradient of every token's embedding to its row of the table. */
function addEmbeddingGradient(
  gradients: Gradients,
  tableSize: number,
  { layout, data, hiddenSize }: { layout: Layout; data: PackedData; hiddenSize: number },
  hiddenGradient: Float32Array,
): void {
  let sums = gradients.get(embeddings);
  if (!sums) gradients.set(embeddings, (sums = new Float64Array(tableSize)));
  const table = sums;
  layout.forEachRow((start, place, length) => {
    for (let t = 0; t < length; t++) {
      const [to, from] = [data.tokens[start + t]! * hiddenSize, (place + t) * hiddenSize];
      for (let i = 0; i < hiddenSize; i++) table[to + i] = table[to + i]! + hiddenGradient[from + i]!;
    }
  });
}

function add(sums: Gradients, name: string, values: Float32Array | Float64Array): void {
  const sum = sums.get(name);
  if (!sum) {
    sums.set(name, new Float64Array(values));
    return;
  }
  for (let i = 0; i < sum.length; i++) sum[i] = sum[i]! + values[i]!;
}

function notFinite(what: string, found: number): TinsmithError {
  return new TinsmithError({
    code: 'TRAINING_DIVERGED',
    message: `${what} is not a finite number; the weights are unchanged`,
    found: String(found),
    fix: 'lower the learning rate, set gradClipNorm, or look at the data of this call',
  });
}
