/** The graphs that score targets with a loss: forward alone, and forward with the derived backward. */
import { gradients, Graph, reshape, targetLogprobs, type Tensor } from '@tinsmith/graph';
import { causalAttention } from './causal-attention.js';
import type { ModelConfig } from './config.js';
import { type LossName, lossOf } from './losses.js';
import { build, declareTargets, type ModelGraph } from './model-graph.js';
import { declareParameters, type Parameters } from './parameters.js';
import { hiddenStates, logitsOf } from './transformer.js';
import type { LoraConfig } from './weights.js';

export type Trainable = { readonly kind: 'lora'; readonly lora: LoraConfig } | { readonly kind: 'full' };

export interface LossGraphOptions {
  readonly config: ModelConfig;
  readonly adapter?: LoraConfig;
  readonly loss: LossName;
  /** Several scored tokens per position: everything of the shape of `targets` becomes [batch, time, choices]. Default false. */
  readonly manyTargets?: boolean;
}

export interface TrainingGraphOptions extends Omit<LossGraphOptions, 'adapter'> {
  readonly trainable: Trainable;
}

/**
 * A pass forward and backward.
 *
 * Inputs: `tokens` int64 [batch, time], padded on the right with any valid token; `targets` int64 [batch, time] (or
 * [batch, time, choices]); per loss, each of the shape of `targets`, 0 at padding:
 * - `cross_entropy`: `weights`
 * - `importance_sampling`: `logprobs`, `advantages`
 * - `ppo`, `cispo`: `logprobs`, `advantages`, and the scalars (shape []) `clip_low_threshold`, `clip_high_threshold`
 * - `dro`: `logprobs`, `advantages`, `mask` (1 at real positions, 0 at padding: an advantage of 0 does not mask), and the scalar `beta`
 * then every tensor of {@link weightShapes} and, for LoRA, of {@link loraShapes}.
 *
 * Outputs: `target_logprobs` float32 of the shape of `targets`; `loss` float32 [] (plain sum); `grad/<tensor>` per trainable tensor.
 */
export function trainingGraph({ trainable, ...options }: TrainingGraphOptions): ModelGraph {
  const adapter = trainable.kind === 'lora' ? { adapter: trainable.lora } : {};
  const { logprobs, loss, parameters } = describe({ ...options, ...adapter });
  const trained = trainable.kind === 'lora' ? parameters.loraFactors : parameters.weights;
  const derived = gradients(loss, [...trained.values()]);
  const names = [...trained.keys()].map(name => `grad/${name}`);
  const byName = Object.fromEntries(names.map((name, i) => [name, derived[i]!]));
  return build({ target_logprobs: logprobs, loss, ...byName });
}

/** The same without gradients: `target_logprobs` and `loss`. */
export function lossGraph(options: LossGraphOptions): ModelGraph {
  const { logprobs, loss } = describe(options);
  return build({ target_logprobs: logprobs, loss });
}

/** The model and its loss, forward. */
function describe(options: LossGraphOptions): { logprobs: Tensor; loss: Tensor; parameters: Parameters } {
  const { config, adapter, manyTargets = false } = options;
  const graph = new Graph();
  const tokens = graph.input('tokens', 'int64', ['batch', 'time']);
  const targets = declareTargets(graph, manyTargets);
  const { attention } = causalAttention(graph, config);
  const parameters = declareParameters(graph, config, adapter);
  const transformer = { config, parameters, rows: 'batch*time', attention };
  const logits = logitsOf(transformer, hiddenStates(transformer, tokens));
  const logprobs = reshape(targetLogprobs(logits, targets.rows), targets.shape);
  return { logprobs, loss: lossOf(options.loss, graph, logprobs, targets.shape), parameters };
}
