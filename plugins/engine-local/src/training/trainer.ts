/**
 * Training in the worker: passes that add to a gradient, and steps that use it up. A failed pass leaves the gradient as it was.
 * Knows nothing of messages or files.
 */
import { type AdamParams, TinsmithError } from '@tinsmith/core';
import { lossGraph, type LossName, type Trainable, trainingGraph } from '../model/index.js';
import type { FloatTensors } from '../weights/safetensors.js';
import {
  type Feeds,
  float32Tensor,
  floats,
  type GraphSession,
  int64Tensor,
} from '../worker/graph-sessions.js';
import type { PackedData, PassReply } from '../worker/messages.js';
import { loraKey, type Policy } from '../worker/policy.js';
import { adamStep, freshOptimizer, globalNorm, type Gradients, type OptimizerState } from './adamw.js';
import {
  cellCount,
  type MicroBatch,
  type Offsets,
  offsetsOf,
  padCells,
  padTokens,
  planMicroBatches,
  positionBudget,
  unpadCells,
} from './micro-batches.js';

export interface PassOptions {
  readonly loss: LossName;
  /** The loss's scalars, complete. */
  readonly lossConfig: Readonly<Record<string, number>>;
  readonly forwardOnly: boolean;
}

export class Trainer {
  readonly policy: Policy;
  /** What is trained, by name: the same arrays that the policy's tensors wrap. */
  readonly parameters: FloatTensors;
  optimizer: OptimizerState = freshOptimizer();
  #gradients: Gradients = new Map();

  constructor(policy: Policy, parameters: FloatTensors) {
    this.policy = policy;
    this.parameters = parameters;
  }

  /** The sum over all passes since the last step. */
  get gradients(): ReadonlyMap<string, Float64Array> {
    return this.#gradients;
  }

  async pass(data: PackedData, options: PassOptions): Promise<PassReply> {
    const longest = data.lengths.reduce((most, length) => Math.max(most, length), 1);
    const budget = positionBudget(this.policy.config, longest, options.forwardOnly);
    const offsets = offsetsOf(data);
    const logprobs = new Float32Array(data.targets.length);
    const gradients: Gradients = new Map();
    let loss = 0;
    for (const batch of planMicroBatches(data, budget)) {
      const session = await this.#session(options, batch.choices > 1);
      const outputs = await session.run(
        fillFeeds(session, batch, data, offsets, options),
        this.policy.tensors,
      );
      unpadCells(floats(outputs['target_logprobs']), logprobs, batch, data, offsets);
      loss += floats(outputs['loss'])[0]!;
      if (!options.forwardOnly)
        for (const name of this.parameters.keys()) add(gradients, name, floats(outputs[`grad/${name}`]));
    }
    if (!Number.isFinite(loss)) throw notFinite('the loss', loss);
    if (this.#gradients.size === 0) this.#gradients = gradients;
    else for (const [name, values] of gradients) add(this.#gradients, name, values);
    return { loss, logprobs };
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

  #session({ loss, forwardOnly }: PassOptions, manyTargets: boolean): Promise<GraphSession> {
    const { config, lora, graphs } = this.policy;
    const key = `${forwardOnly ? 'loss' : 'train'} ${loss} ${manyTargets ? 'many' : 'one'} ${loraKey(lora)}`;
    const trainable: Trainable = lora ? { kind: 'lora', lora } : { kind: 'full' };
    return graphs.get(key, () =>
      forwardOnly
        ? lossGraph({ config, loss, manyTargets, ...(lora && { adapter: lora }) })
        : trainingGraph({ config, trainable, loss, manyTargets }),
    );
  }
}

function fillFeeds(
  session: GraphSession,
  batch: MicroBatch,
  data: PackedData,
  offsets: Offsets,
  { lossConfig }: PassOptions,
): Feeds {
  const cells = cellCount(batch);
  const shape = [batch.rows.length, batch.time];
  const cellShape = batch.choices > 1 ? [...shape, batch.choices] : shape;
  const feeds: Record<string, Feeds[string]> = {
    tokens: int64Tensor(padTokens(batch, data, offsets), shape),
    targets: int64Tensor(padCells(data.targets, new Int32Array(cells), batch, data, offsets), cellShape),
  };
  for (const [name, values] of Object.entries(data.values)) {
    feeds[name] = float32Tensor(padCells(values, new Float32Array(cells), batch, data, offsets), cellShape);
  }
  for (const [name, value] of Object.entries(lossConfig))
    feeds[name] = float32Tensor(Float32Array.of(value), []);
  if (session.graph.inputs.some(({ name }) => name === 'mask')) {
    const ones = new Float32Array(data.targets.length).fill(1);
    feeds['mask'] = float32Tensor(padCells(ones, new Float32Array(cells), batch, data, offsets), cellShape);
  }
  return feeds;
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
