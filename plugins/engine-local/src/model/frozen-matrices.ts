/**
 * Matrices that never change, made part of a graph so that onnxruntime lays them out for its kernels once: in float32, which makes
 * decoding faster and its bits independent of how many rows are decoded together, or in eight bits. Knows nothing of samplers.
 */
import { add, type Graph, matMul, split } from '@tinsmith/graph';
import type { ModelConfig } from './config.js';
import { type Product, plainProduct } from './parameters.js';
import { quantise, quantisedProduct } from './quantised.js';
import { headProjection, layerProjections, projectionGroups } from './weights.js';

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
  /**
   * The names in `sizes`; matrices that are one product stand together. In eight bits those with one input do, which gains 2 to 14 %;
   * in float32 the cut of the result costs more than the larger product gains.
   */
  readonly groups: readonly (readonly string[])[];
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
  const layers = Array.from({ length: config.layers }, (_, layer) => layerProjections(config, layer));
  const together = layers.flatMap(projections =>
    projectionGroups.map(targets => projections.filter(({ target }) => targets.includes(target))),
  );
  const head = { ...headProjection(config), ...(config.tiedEmbeddings && { module: 'model.embed_tokens' }) };
  const sizes = new Map<string, readonly [number, number]>();
  const groups: string[][] = [];
  let bytes = 0;
  for (const projections of [...together, [head]]) {
    const kept = projections.filter(({ outSize }) => isKept(outSize));
    if (kept.length === 0) continue;
    const weights = kept.reduce((sum, { outSize, inSize }) => sum + outSize * inSize, 0);
    const more = weights * bytesPerWeight[precision];
    if (bytes + more > mostBytes[precision]) break;
    bytes += more;
    for (const { module, outSize, inSize } of kept) sizes.set(`${module}.weight`, [outSize, inSize]);
    const names = kept.map(({ module }) => `${module}.weight`);
    groups.push(...(precision === 'int8' ? [names] : names.map(name => [name])));
  }
  return { precision, sizes, groups, bytes, isComplete: sizes.size === layers.flat().length + 1 };
}

/** @param read gives a weight by its name, row-major. */
export function freezeMatrices(
  { precision, sizes, groups }: MatrixChoice,
  read: (weight: string) => Float32Array,
): FrozenMatrices {
  const constants = new Map<string, Float32Array | Uint8Array>();
  for (const names of groups) {
    const name = frozenName(names[0]!);
    const inSize = sizes.get(names[0]!)![1];
    const parts =
      precision === 'int8' ? quantise(name, inSize, names.map(read)) : ([[name, read(names[0]!)]] as const);
    for (const [key, values] of parts) constants.set(key, values);
  }
  return { precision, sizes, constants };
}

export function frozenProduct(graph: Graph, { precision, sizes }: FrozenMatrices): Product {
  const eachAlone: Product = (x, matrices) =>
    matrices.flatMap(matrix => {
      const size = sizes.get(matrix.name);
      if (!size) return plainProduct(x, [matrix]);
      const frozen = graph.input(frozenName(matrix.name), 'float32', size);
      return [matMul(x, frozen, { transposeRight: true, plus: matrix.bias })];
    });
  const together: Product = (x, matrices) => {
    if (!matrices.every(({ name }) => sizes.has(name))) return plainProduct(x, matrices); // groups are kept whole
    const columns = matrices.map(({ name }) => sizes.get(name)![0]);
    const product = quantisedProduct(x, frozenName(matrices[0]!.name), [
      columns.reduce((a, b) => a + b),
      sizes.get(matrices[0]!.name)![1],
    ]);
    return split(product, columns, 1).map((part, i) => {
      const { bias } = matrices[i]!;
      return bias ? add(part, bias) : part;
    });
  };
  return precision === 'int8' ? together : eachAlone;
}
