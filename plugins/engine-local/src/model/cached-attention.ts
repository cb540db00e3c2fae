/**
 * Attention of one new token per row over what came before it: the row's prompt, which other rows may share, and the row's own tokens
 * since. The caches are read and never written here: a graph that returned them would copy them at every step, so only the new keys
 * and values come out.
 *
 * Every product is of one query with the keys or values of one head, so its bits do not depend on what else is in the batch, nor on
 * who shares a prompt; and onnxruntime reads the cache once, where a product of several queries would copy it into another order first.
 */
import {
  add,
  concat,
  emit,
  gather,
  type Graph,
  multiply,
  range,
  reshape,
  rotaryEmbedding,
  type RotaryTables,
  softmax,
  split,
  type Tensor,
  transpose,
} from '@tinsmith/graph';
import type { LayerCache } from './causal-attention.js';
import type { ModelConfig } from './config.js';
import { rotaryTables } from './rotary.js';
import type { Attention } from './transformer.js';

/**
 * Declares the inputs `positions`, `mask`, `places`, `place_of`, `prompt_key.<l>`, `prompt_value.<l>`, `past_key.<l>` and
 * `past_value.<l>`.
 */
export function cachedAttention(
  graph: Graph,
  config: ModelConfig,
): { readonly attention: Attention; readonly caches: readonly LayerCache[] } {
  const { heads, keyValueHeads, headSize } = config;
  const positions = graph.input('positions', 'int64', ['batch', 1]);
  const mask = graph.input('mask', 'float32', ['batch', 1, 1, 1, 'prompt+past+1']);
  const rotary = {
    ...rotaryTables(config, positions, 'batch'),
    rows: reshape(range(graph, 'batch'), ['batch', 1]),
  };
  // The scale of the scores is in the rotation of the queries: a product with a factor of its own would not be a plain product of one
  // row with a matrix, for which onnxruntime has a kernel that reads the matrix where it lies.
  const scale = 1 / Math.sqrt(headSize);
  const scaled = { ...rotary, cos: multiply(rotary.cos, scale), sin: multiply(rotary.sin, scale) };
  const rotate = (rows: Tensor, count: number, tables: RotaryTables): Tensor =>
    rotaryEmbedding(reshape(rows, ['batch', 1, count * headSize]), tables);

  const group = heads / keyValueHeads;
  const perRow = ['batch', keyValueHeads, group, 1];
  const { toPrompts, toRows } = promptLayout(graph, config);

  const caches: LayerCache[] = [];
  const attention: Attention = ({ queries, keys, values }, layer) => {
    const cached = (name: string, slots: string, length: string): Tensor =>
      graph.input(`${name}.${layer}`, 'float32', [slots, keyValueHeads, 1, length, headSize]);
    const [promptKeys, promptValues] = [
      cached('prompt_key', 'prompts', 'prompt'),
      cached('prompt_value', 'prompts', 'prompt'),
    ];
    const [pastKeys, pastValues] = [
      cached('past_key', 'batch', 'past'),
      cached('past_value', 'batch', 'past'),
    ];

    const q = reshape(rotate(queries, heads, scaled), [...perRow, headSize]);
    const k = reshape(rotate(keys, keyValueHeads, rotary), ['batch', keyValueHeads, 1, 1, headSize]);
    const v = reshape(values, ['batch', keyValueHeads, 1, 1, headSize]);
    const oneKey = ['batch', keyValueHeads, 1, headSize];
    caches[layer] = { keys: reshape(k, oneKey), values: reshape(v, oneKey) };

    const ofKeys = (query: Tensor, of: Tensor): Tensor => eachQuery(query, of, { transposeRight: true });
    const scores = concat([toRows(ofKeys(toPrompts(q), promptKeys)), ofKeys(q, pastKeys), ofKeys(q, k)], -1);
    const [onPrompt, onPast, onSelf] = split(softmax(add(scores, mask)), ['prompt', 'past', 1], -1);
    const ofPrompt = toRows(eachQuery(toPrompts(onPrompt!), promptValues));
    const ofPast = eachQuery(onPast!, pastValues);
    return reshape(add(add(ofPrompt, ofPast), multiply(onSelf!, v)), ['batch', heads * headSize]);
  };
  return { attention, caches };
}

/** Where rows meet prompts: from a vector per row and head to the same in the order of the prompts, and back. */
interface PromptLayout {
  /** [batch, keyValueHeads, group, 1, n] to [prompts, keyValueHeads, share * group, 1, n]. */
  readonly toPrompts: (rows: Tensor) => Tensor;
  readonly toRows: (prompts: Tensor) => Tensor;
}

/**
 * `places` int64 [prompts, share]: the rows that have a prompt, filled up with any row; `place_of` int64 [batch]: where in the flattened
 * `places` a row is. Which vector goes where is worked out once, so that each way is one node in each layer.
 */
function promptLayout(graph: Graph, { heads, keyValueHeads }: ModelConfig): PromptLayout {
  const places = graph.input('places', 'int64', ['prompts', 'share']);
  const placeOf = graph.input('place_of', 'int64', ['batch']);
  const group = heads / keyValueHeads;

  const ofRows = reshape(range(graph, `${heads}*batch`), ['batch', heads]);
  const placed = reshape(gather(ofRows, places), ['prompts', 'share', keyValueHeads, group]);
  const inPrompts = ['prompts', keyValueHeads, `${group}*share`, 1];
  const rowVectors = reshape(transpose(placed, [0, 2, 1, 3]), inPrompts);

  const ofPrompts = range(graph, `${heads}*prompts*share`);
  const byHead = reshape(ofPrompts, ['prompts', keyValueHeads, 'share', group]);
  const byPlace = reshape(transpose(byHead, [0, 2, 1, 3]), ['prompts*share', heads]);
  const promptVectors = reshape(gather(byPlace, placeOf), ['batch', keyValueHeads, group, 1]);

  return {
    toPrompts: rows => gather(reshape(rows, [`${heads}*batch`, rows.shape[4]!]), rowVectors),
    toRows: prompts => gather(reshape(prompts, [`${heads}*prompts*share`, prompts.shape[4]!]), promptVectors),
  };
}

/**
 * [slots, heads, queries, 1, m] times [slots, heads, 1, m, n] (or its transpose), each query for itself. Inference only: it has no
 * gradient.
 */
function eachQuery(queries: Tensor, matrices: Tensor, { transposeRight = false } = {}): Tensor {
  return emit({
    operator: 'FusedMatMul',
    domain: 'com.microsoft',
    attributes: { transB: { int: Number(transposeRight) }, alpha: { float: 1 } },
    inputs: [queries, matrices],
    type: 'float32',
    shape: [...queries.shape.slice(0, 4), matrices.shape[transposeRight ? 3 : 4]!],
  });
}
