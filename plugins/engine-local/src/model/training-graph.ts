/**
 * The graphs of training: a segment of layers forward, the same segment backward, and the topmost layers with the head and the loss. A
 * model in one segment is the last of these alone. With more segments the lower ones are run forward, and run once more when their
 * gradients are due: activations are kept for one segment at a time. Embeddings are looked up outside. Knows nothing of the plan.
 */
import {
  add,
  after,
  type AnyTensor,
  concat,
  gather,
  gradients,
  Graph,
  reshape,
  slice,
  split,
  targetLogprobs,
  type Tensor,
} from '@tinsmith/graph';
import { causalAttention } from './causal-attention.js';
import type { ModelConfig } from './config.js';
import { type LossName, lossOf } from './losses.js';
import { build, type ModelGraph } from './model-graph.js';
import { declareParameters, type Parameters } from './parameters.js';
import { partSizes } from './parts.js';
import { decoderLayers, logitsOf, type Transformer } from './transformer.js';
import type { LoraConfig } from './weights.js';

export interface SegmentOptions {
  readonly config: ModelConfig;
  readonly adapter: LoraConfig | undefined;
  /** Layers of the segment. Its weights are named as if the first of them were layer 0 of the model. */
  readonly layers: number;
  /** In how many blocks attention is computed; see {@link causalAttention}. */
  readonly blocks: number;
}

export interface TopOptions extends SegmentOptions {
  readonly loss: LossName;
  /** In how many parts the logits are computed: of the scored rows each but the last has `part` of them, an input. */
  readonly parts: number;
  /** What the gradients are of: the factors of the adapter, or every weight; none: forward only. */
  readonly backward: boolean;
  /** Whether `grad/hidden` is wanted too. */
  readonly inputGradient: boolean;
}

/** Forward: `hidden` float32 [batch, time, hidden] -> `hidden_out` of that shape. */
export function segmentGraph(options: SegmentOptions): ModelGraph {
  const { hidden, out } = describeSegment(options);
  return build({ hidden_out: reshape(out, hidden.shape) });
}

/**
 * Forward and backward: `hidden` and `gradient`, the gradient of the loss with respect to the segment's output, both float32
 * [batch, time, hidden] -> `grad/<tensor>` per trained tensor of the segment and, if it is wanted, `grad/hidden`.
 */
export function segmentBackwardGraph(options: SegmentOptions & { inputGradient: boolean }): ModelGraph {
  const { graph, hidden, out, parameters } = describeSegment(options);
  const arriving = reshape(graph.input('gradient', 'float32', hidden.shape), out.shape);
  const trained = options.adapter ? parameters.loraFactors : parameters.weights;
  const wanted = [...trained].filter(([name]) => name.includes('model.layers.'));
  return build(gradientsOf(out, options.inputGradient ? [['hidden', hidden], ...wanted] : wanted, arriving));
}

/**
 * The layers below the head, the head and a loss, with or without the backward pass.
 *
 * Inputs: `hidden` float32 [batch, time, hidden]; `rows` int64 [scored], the rows of [batch * time] that are scored; `targets` int64
 * [scored, choices]; per loss, each float32 of the shape of `targets`, 0 where a row has fewer choices:
 * - `cross_entropy`: `weights`
 * - `importance_sampling`: `logprobs`, `advantages`
 * - `ppo`, `cispo`: `logprobs`, `advantages`, and the scalars (shape []) `clip_low_threshold`, `clip_high_threshold`
 * - `dro`: `logprobs`, `advantages`, `mask` (1 at choices, 0 where there is none), and the scalar `beta`
 * then the weights and LoRA factors; `block` and `part` int64 [1] where there are several.
 *
 * Outputs: `target_logprobs` float32 [scored, choices]; `loss` float32 [] (plain sum); `grad/<tensor>` per trained tensor and, if it is
 * wanted, `grad/hidden`.
 */
export function topGraph(options: TopOptions): ModelGraph {
  const { config, adapter, backward, inputGradient } = options;
  const { graph, hidden, out, parameters, transformer } = describeSegment(options);
  // The embedding is looked up outside: its gradient here is the one as an unembedding, if it is one.
  const trained = [...(adapter ? parameters.loraFactors : parameters.weights)].filter(
    ([name]) => config.tiedEmbeddings || name !== 'model.embed_tokens.weight',
  );
  const rows = graph.input('rows', 'int64', ['scored']);
  const scored = gather(out, rows);
  const head = describeHead(transformer, scored, {
    ...options,
    trained: backward ? trained.filter(([name]) => isOfHead(name)) : undefined,
  });
  if (!backward) return build(head.outputs);
  const below = trained.filter(([name]) => !isOfHead(name));
  const wanted: readonly Named[] = inputGradient ? [['hidden', hidden], ...below] : below;
  return build({
    ...head.outputs,
    ...head.grads,
    ...(wanted.length > 0 && gradientsOf(scored, wanted, head.scoredGradient)),
  });
}

function describeSegment({ config, adapter, layers, blocks }: SegmentOptions): {
  readonly graph: Graph;
  readonly hidden: Tensor;
  /** [batch * time, hidden] */
  readonly out: Tensor;
  readonly parameters: Parameters;
  readonly transformer: Transformer;
} {
  const graph = new Graph();
  const hidden = graph.input('hidden', 'float32', ['batch', 'time', config.hiddenSize]);
  const { attention } = causalAttention(graph, config, blocks);
  const part = { ...config, layers };
  const parameters = declareParameters(graph, part, adapter);
  const transformer = { config: part, parameters, rows: 'batch*time', attention };
  const out = decoderLayers(transformer, reshape(hidden, ['batch*time', config.hiddenSize]));
  return { graph, hidden, out, parameters, transformer };
}

interface Head {
  readonly outputs: { readonly target_logprobs: Tensor; readonly loss: Tensor };
  /** Of the trained tensors of the head, by output name. */
  readonly grads: Record<string, Tensor>;
  readonly scoredGradient: Tensor | undefined;
}

/**
 * Log-probabilities and loss of the scored rows [scored, hidden], and the gradients of both kinds, part by part. Every loss is a sum
 * over targets, so the gradient of a part's logits follows from the part alone; the next part waits for it, so that the logits of one
 * part exist at a time.
 */
function describeHead(
  transformer: Transformer,
  scored: Tensor,
  { loss, parts: count, trained }: TopOptions & { readonly trained: readonly Named[] | undefined },
): Head {
  const { graph } = scored;
  const parts = partSizes(graph, { total: 'scored', part: 'part', count });
  const targets = graph.input('targets', 'int64', ['scored', 'choices']);
  const perTarget = remembered(name => graph.input(name, 'float32', ['scored', 'choices']));
  const scalar = remembered(name => graph.input(name, 'float32', []));
  const rows = split(
    scored,
    parts.map(({ size }) => size),
    0,
  );
  const results: { p: Tensor; loss: Tensor; grads: Readonly<Record<string, Tensor>> }[] = [];
  for (const [i, { start, end }] of parts.entries()) {
    const cut = <T extends AnyTensor>(whole: T): T =>
      count === 1 ? whole : (slice(whole, { axis: 0, start, end }) as T);
    const before = results.at(-1);
    const x = before ? after(rows[i]!, [before.p, ...Object.values(before.grads)]) : rows[i]!;
    const p = targetLogprobs(logitsOf(transformer, x), cut(targets));
    const partLoss = lossOf(loss, p, { perTarget: name => cut(perTarget(name)), scalar });
    const grads = trained ? gradientsOf(partLoss, [['scored', x], ...trained]) : {};
    results.push({ p, loss: partLoss, grads });
  }
  const names = Object.keys(results[0]!.grads).filter(name => name !== 'grad/scored');
  return {
    outputs: {
      target_logprobs: concat(
        results.map(({ p }) => p),
        0,
      ),
      loss: sumOf(results.map(result => result.loss)),
    },
    grads: Object.fromEntries(names.map(name => [name, sumOf(results.map(({ grads }) => grads[name]!))])),
    scoredGradient:
      trained &&
      concat(
        results.map(({ grads }) => grads['grad/scored']!),
        0,
      ),
  };
}

const isOfHead = (name: string): boolean => !name.includes('model.layers.');

const sumOf = (tensors: readonly Tensor[]): Tensor => tensors.reduce((sum, next) => add(sum, next));

type Named = readonly [name: string, tensor: Tensor];

function gradientsOf(loss: Tensor, named: readonly Named[], arriving?: Tensor): Record<string, Tensor> {
  const derived = gradients(
    loss,
    named.map(([, tensor]) => tensor),
    arriving,
  );
  return Object.fromEntries(named.map(([name], i) => [`grad/${name}`, derived[i]!]));
}

/** Asked twice for a name, it makes one. */
function remembered<T>(make: (name: string) => T): (name: string) => T {
  const made = new Map<string, T>();
  return name => {
    let found = made.get(name);
    if (!found) made.set(name, (found = make(name)));
    return found;
  };
}
