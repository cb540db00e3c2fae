/**
 * The tensors of a model as graph inputs under their own names, and the linear layer over them. Weights stay outside of the graph:
 * onnxruntime reads inputs where they lie, so one copy serves every graph.
 */
import { concat, type Graph, matMul, rmsNorm, split, type Tensor } from '@tinsmith/graph';
import type { ModelConfig } from './config.js';
import { type LoraConfig, loraNames, loraShapes, type Projection, weightShapes } from './weights.js';

export interface Parameters {
  readonly weights: ReadonlyMap<string, Tensor>;
  readonly loraFactors: ReadonlyMap<string, Tensor>;
  /** x [n, in] to [n, out]: x Wᵀ + b, and the low-rank product where the projection has factors. */
  linear(x: Tensor, projection: Projection): Tensor;
  /** Several projections of one input. */
  linears(x: Tensor, projections: readonly Projection[]): readonly Tensor[];
  norm(x: Tensor, weightName: string): Tensor;
  embeddings(): Tensor;
}

/** x [n, in] times the transposes of frozen matrices [out, in], each plus its bias. */
export type Product = (x: Tensor, matrices: readonly Matrix[]) => readonly Tensor[];

export interface Matrix {
  /** Of its weight. */
  readonly name: string;
  readonly bias: Tensor | undefined;
  /** The graph input of that name. */
  readonly weight: () => Tensor;
}

export const plainProduct: Product = (x, matrices) =>
  matrices.map(({ weight, bias }) => matMul(x, weight(), { transposeRight: true, plus: bias }));

export interface ParameterOptions {
  /** How matrices are multiplied; default in float32, with the graph input of their name. */
  readonly product?: Product | undefined;
  /**
   * Multiplies a factor A in parts of 16 rows: onnxruntime then sums in the same order whatever the number of rows of x, on any number
   * of threads.
   */
  readonly isOrderFixed?: boolean;
}

export function declareParameters(
  graph: Graph,
  config: ModelConfig,
  lora?: LoraConfig,
  { product = plainProduct, isOrderFixed = false }: ParameterOptions = {},
): Parameters {
  const declare = (shapes: ReadonlyMap<string, readonly number[]>): Map<string, Tensor> =>
    new Map([...shapes].map(([name, shape]) => [name, graph.input(name, 'float32', shape)]));
  const weights = declare(weightShapes(config));
  const loraFactors = lora ? declare(loraShapes(config, lora)) : new Map<string, Tensor>();
  const weight = (name: string): Tensor => {
    const found = weights.get(name);
    if (!found) throw new Error(`the model has no tensor "${name}"`);
    return found;
  };
  const embeddings = (): Tensor => weight('model.embed_tokens.weight');

  const matrixOf = ({ module, target, hasBias }: Projection): Matrix => {
    const isTied = target === 'lm_head' && config.tiedEmbeddings;
    const name = isTied ? 'model.embed_tokens.weight' : `${module}.weight`;
    return { name, bias: hasBias ? weight(`${module}.bias`) : undefined, weight: () => weight(name) };
  };
  const adapted = (x: Tensor, { module }: Projection, base: Tensor): Tensor => {
    const names = loraNames(module);
    const [a, b] = [loraFactors.get(names.a), loraFactors.get(names.b)];
    if (!lora || !a || !b) return base;
    const times = (factor: Tensor): Tensor =>
      matMul(x, factor, { transposeRight: true, scale: lora.alpha / lora.rank });
    const parts = isOrderFixed ? split(a, partsOf(lora.rank), 0) : [a];
    const inner = parts.length > 1 ? concat(parts.map(times), 1) : times(a);
    return matMul(inner, b, { transposeRight: true, plus: base });
  };
  const linears = (x: Tensor, projections: readonly Projection[]): readonly Tensor[] => {
    const bases = product(x, projections.map(matrixOf));
    return projections.map((projection, i) => adapted(x, projection, bases[i]!));
  };

  return {
    weights,
    loraFactors,
    embeddings,
    norm: (x, weightName) => rmsNorm(x, weight(weightName), config.normEpsilon),
    linear: (x, projection) => linears(x, [projection])[0]!,
    linears,
  };
}

/** 40 is 16, 16 and 8. */
function partsOf(rank: number): number[] {
  return Array.from({ length: Math.ceil(rank / 16) }, (_, i) => Math.min(16, rank - 16 * i));
}
