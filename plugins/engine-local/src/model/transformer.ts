/**
 * The decoder described once: layers of attention and gated MLP over rows of hidden states [n, hidden]. How a row attends to others
 * is a function that the caller gives; knows nothing of losses, caches or gradients.
 */
import {
  add,
  gather,
  multiply,
  multiplyDimensions,
  reshape,
  silu,
  type Dimension,
  type Tensor,
} from '@tinsmith/graph';
import type { ModelConfig } from './config.js';
import type { Parameters } from './parameters.js';
import { headProjection, layerProjections, type LoraTarget, type Projection } from './weights.js';

/** Projected rows, before the rotation: queries [n, heads * headSize], keys and values [n, keyValueHeads * headSize]. */
export interface Projected {
  readonly queries: Tensor;
  readonly keys: Tensor;
  readonly values: Tensor;
}

/** From the projected rows of a layer to the attended ones, [n, heads * headSize]. */
export type Attention = (projected: Projected, layer: number) => Tensor;

export interface Transformer {
  readonly config: ModelConfig;
  readonly parameters: Parameters;
  /** Number of rows. */
  readonly rows: Dimension;
  readonly attention: Attention;
}

/** Hidden states after the last layer, [rows, hidden], before the final norm. */
export function hiddenStates(transformer: Transformer, tokens: Tensor<'int64'>): Tensor {
  const { parameters, rows } = transformer;
  return decoderLayers(transformer, gather(parameters.embeddings(), reshape(tokens, [rows])));
}

/** All layers of the configuration, from and to hidden states [rows, hidden]. */
export function decoderLayers(transformer: Transformer, embedded: Tensor): Tensor {
  let x = embedded;
  for (let layer = 0; layer < transformer.config.layers; layer++) x = decoderLayer(transformer, x, layer);
  return x;
}

/** Unnormalised log-probabilities of the next token, [n, V], of hidden states [n, hidden]. */
export function logitsOf(
  { config, parameters }: Pick<Transformer, 'config' | 'parameters'>,
  hidden: Tensor,
): Tensor {
  return parameters.linear(parameters.norm(hidden, 'model.norm.weight'), headProjection(config));
}

function decoderLayer(transformer: Transformer, x: Tensor, layer: number): Tensor {
  const { config, parameters, attention } = transformer;
  const projections = new Map<LoraTarget, Projection>(
    layerProjections(config, layer).map(p => [p.target, p]),
  );
  const project = (input: Tensor, ...targets: LoraTarget[]): readonly Tensor[] =>
    parameters.linears(
      input,
      targets.map(target => projections.get(target)!),
    );
  const name = `model.layers.${layer}`;

  // What is cheap to make again is not kept for a backward pass: norms, and all of the gated MLP but its two products.
  const { graph } = x;
  const norm = (rows: Tensor, weight: string): Tensor =>
    graph.recomputed(() => parameters.norm(rows, `${name}.${weight}.weight`));
  const attentionInput = norm(x, 'input_layernorm');
  const headNorm = (rows: Tensor, weight: string): Tensor =>
    config.queryKeyNorm ? normHeads(transformer, rows, `${name}.self_attn.${weight}.weight`) : rows;
  const [queries, keys, values] = project(attentionInput, 'q_proj', 'k_proj', 'v_proj');
  const attended = attention(
    { queries: headNorm(queries!, 'q_norm'), keys: headNorm(keys!, 'k_norm'), values: values! },
    layer,
  );
  const afterAttention = add(x, project(attended, 'o_proj')[0]!);

  const mlpInput = norm(afterAttention, 'post_attention_layernorm');
  const [gate, up] = project(mlpInput, 'gate_proj', 'up_proj');
  const gated = graph.recomputed(() => multiply(silu(gate!), up!));
  return add(afterAttention, project(gated, 'down_proj')[0]!);
}

/** Normalises each head of its own (Qwen3). */
function normHeads({ config, parameters, rows }: Transformer, x: Tensor, weightName: string): Tensor {
  const heads = Number(x.shape[1]) / config.headSize;
  const perHead = reshape(x, [multiplyDimensions([heads, rows]), config.headSize]);
  return reshape(parameters.norm(perHead, weightName), x.shape);
}
