/**
 * A trained model made larger without a change of what it says: twice as wide, and with layers in between that do nothing yet.
 * What it learns from there on takes a fraction of the steps from nothing (Chen et al. 2016, Net2Net; Chen et al. 2022,
 * bert2BERT). Knows Llama's tensors, nothing about training.
 */
import type { FloatTensors } from '@tinsmith/engine-local/engine';
import type { Random } from '../tasks/index.js';
import type { Shape } from './model-config.js';

type FloatTensor = FloatTensors extends ReadonlyMap<string, infer T> ? T : never;

/** Twice as wide, with the layers that `growTensors` gives. */
export const grownShape = (shape: Shape, layers: readonly LayerSource[]): Shape => ({
  hiddenSize: 2 * shape.hiddenSize,
  layers: layers.length,
  heads: 2 * shape.heads,
  intermediateSize: 2 * shape.intermediateSize,
});

/** A layer of the larger model: which one of the smaller it is, or is to begin like without doing anything. */
export interface LayerSource {
  readonly from: number;
  readonly isIdle: boolean;
}

/**
 * Every channel is doubled. A matrix that reads doubled channels splits its weights w into w/2 + n and w/2 - n with random n, so
 * that the doubles, which say the same today, can part; n is as large as the weights.
 */
export function growTensors(
  tensors: FloatTensors,
  layers: readonly LayerSource[],
  random: Random,
): FloatTensors {
  const grown = new Map<string, FloatTensor>();
  const get = (name: string): FloatTensor => tensors.get(name)!;
  grown.set('model.embed_tokens.weight', doubleColumns(get('model.embed_tokens.weight')));
  layers.forEach(({ from, isIdle }, index) => {
    for (const name of vectors)
      grown.set(`model.layers.${index}.${name}`, doubleVector(get(`model.layers.${from}.${name}`), 1));
    for (const name of matrices) {
      const larger = doubleMatrix(get(`model.layers.${from}.${name}`), random);
      // Only what a layer adds to the stream makes it do something.
      if (isIdle && writers.has(name)) larger.data.fill(0);
      grown.set(`model.layers.${index}.${name}`, larger);
    }
  });
  // The logits are sums over twice as many channels.
  grown.set('model.norm.weight', doubleVector(get('model.norm.weight'), 0.5));
  return grown;
}

const vectors = ['input_layernorm.weight', 'post_attention_layernorm.weight'];
const writers: ReadonlySet<string> = new Set(['self_attn.o_proj.weight', 'mlp.down_proj.weight']);
const matrices = [
  'self_attn.q_proj.weight',
  'self_attn.k_proj.weight',
  'self_attn.v_proj.weight',
  'mlp.gate_proj.weight',
  'mlp.up_proj.weight',
  ...writers,
];

function doubleVector({ data }: FloatTensor, scale: number): FloatTensor {
  const size = data.length;
  const doubled = Float32Array.from({ length: 2 * size }, (_, index) => scale * data[index % size]!);
  return { shape: [2 * size], data: doubled };
}

/** [rows, columns] to [rows, 2 columns]: each row twice, side by side. */
function doubleColumns({ shape, data }: FloatTensor): FloatTensor {
  const [rows, columns] = shape as readonly [number, number];
  const doubled = new Float32Array(2 * rows * columns);
  for (let row = 0; row < rows; row++) {
    const values = data.subarray(row * columns, (row + 1) * columns);
    doubled.set(values, 2 * row * columns);
    doubled.set(values, (2 * row + 1) * columns);
  }
  return { shape: [rows, 2 * columns], data: doubled };
}

/** [rows, columns] to [2 rows, 2 columns]: both halves of the rows say what the rows said. */
function doubleMatrix({ shape, data }: FloatTensor, random: Random): FloatTensor {
  const [rows, columns] = shape as readonly [number, number];
  const doubled = new Float32Array(4 * rows * columns);
  const size = Math.sqrt(data.reduce((sum, value) => sum + value * value, 0) / data.length);
  for (let row = 0; row < 2 * rows; row++) {
    for (let column = 0; column < columns; column++) {
      const half = data[(row % rows) * columns + column]! / 2;
      const noise = size * (2 * random.next() - 1);
      doubled[2 * row * columns + column] = half + noise;
      doubled[(2 * row + 1) * columns + column] = half - noise;
    }
  }
  return { shape: [2 * rows, 2 * columns], data: doubled };
}
