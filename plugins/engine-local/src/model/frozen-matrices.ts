/**
 * Matrices that never change, made part of a graph so that onnxruntime lays them out for its kernels once: in float32, which makes
 * decoding faster and its bits independent of how many rows are decoded together, or in eight bits. Knows nothing of samplers.
 */
import { add, type Graph, matMul } from '@tinsmith/graph';
import type { ModelConfig } from './config.js';
import type { Product } from './parameters.js';
import { quantise, quantisedProduct } from './quantised.js';
import { headProjection, layerProjections } from './weights.js';

export type MatrixPrecision = 'float32' | 'int8';

export interface FrozenMatrices {
  readonly precision: MatrixPrecision;
  readonly sizes: ReadonlyMap<string, readonly [outSize: number, inSize: number]>;
  /** By the name of the graph input that each stands for. */
  readonly constants: ReadonlyMap<string, Float32Array | Uint8Array>;
}

/** Not the weight's own name: the embedding table is also an input, where it is looked up. */
const frozenName = (weight: string): string => `${weight}.frozen`;

/**
 * In float32 the copy costs as much memory as the weights, and three times as much while it is made, so larger models do without; in
 * eight bits the limit is that of ONNX's format, 2^31 bytes. Matrices beyond it stay inputs.
 */
const mostBytes: Readonly<Record<MatrixPrecision, number>> = { float32: 1e9, int8: 1.9e9 };
const bytesPerWeight: Readonly<Record<MatrixPrecision, number>> = { float32: 4, int8: 1.125 };

/** A choice of matrices, and what they take in the form that products want. */
export interface MatrixChoice {
  readonly precision: MatrixPrecision;
  readonly sizes: FrozenMatrices['sizes'];
  readonly bytes: number;
  /** Whether no matrix stays an input. */
  readonly isComplete: boolean;
}

/**
 * The matrices of all projections, as far as they fit.
 * @param isKept whether a matrix of so many rows [out, in], columns of the product, is among them; default all.
 */
export function chooseMatrices(
  config: ModelConfig,
  precision: MatrixPrecision,
  isKept: (outSize: number) => boolean = () => true,
): MatrixChoice {
  const layers = Array.from({ length: config.layers }, (_, layer) => layerProjections(config, layer)).flat();
  const head = { ...headProjection(config), ...(config.tiedEmbeddings && { module: 'model.embed_tokens' }) };
  const sizes = new Map<string, readonly [number, number]>();
  let bytes = 0;
  for (const { module, outSize, inSize } of [...layers, head]) {
    if (!isKept(outSize)) continue;
    const more = outSize * inSize * bytesPerWeight[precision];
    if (bytes + more > mostBytes[precision]) break;
    bytes += more;
    sizes.set(`${module}.weight`, [outSize, inSize]);
  }
  return { precision, sizes, bytes, isComplete: sizes.size === layers.length + 1 };
}

/** @param read gives a weight by its name, row-major. */
export function freezeMatrices(
  { precision, sizes }: MatrixChoice,
  read: (weight: string) => Float32Array,
): FrozenMatrices {
  const constants = new Map<string, Float32Array | Uint8Array>();
  for (const [name, size] of sizes) {
    const parts =
      precision === 'int8'
        ? quantise(frozenName(name), size, read(name))
        : ([[frozenName(name), read(name)]] as const);
    for (const [key, values] of parts) constants.set(key, values);
  }
  return { precision, sizes, constants };
}

export function frozenProduct(graph: Graph, { precision, sizes }: FrozenMatrices): Product {
  return (x, { name, bias, weight }) => {
    const size = sizes.get(name);
    if (!size) return matMul(x, weight(), { transposeRight: true, plus: bias });
    if (precision === 'float32')
      return matMul(x, graph.input(frozenName(name), 'float32', size), { transposeRight: true, plus: bias });
    const product = quantisedProduct(x, frozenName(name), size);
    return bias ? add(product, bias) : product;
  };
}
