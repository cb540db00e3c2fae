/**
 * A base model with an adapter added to its weights, tensor by tensor, so that a model need not fit in memory twice. Knows nothing of
 * what is written.
 */
import {
  headProjection,
  layerProjections,
  type LoraConfig,
  loraNames,
  type ModelConfig,
  weightShapes,
} from '../model/index.js';
import type { Adapter } from '../weights/adapter-folder.js';
import type { OpenWeights } from '../weights/model-source.js';
import type { TensorTypeName } from '../weights/gguf/tensor-types.js';
import type { FloatTensor } from '../weights/safetensors.js';

export interface MergedModel {
  /** Not tied where the adapter changes the unembedding alone. */
  readonly config: ModelConfig;
  /** Hugging Face names and shapes, in order. */
  readonly shapes: ReadonlyMap<string, readonly number[]>;
  read(name: string): FloatTensor;
  /** What the base model stores the tensor in. */
  typeOf(name: string): TensorTypeName;
}

export function mergeModel(
  base: OpenWeights,
  config: ModelConfig,
  adapter: Adapter | undefined,
): MergedModel {
  const isUntied = config.tiedEmbeddings && adapter?.lora.targets.includes('lm_head') === true;
  const merged = isUntied ? { ...config, tiedEmbeddings: false } : config;
  const source = (name: string) =>
    isUntied && name === 'lm_head.weight' ? 'model.embed_tokens.weight' : name;
  const projections = Array.from({ length: config.layers }, (_, layer) =>
    layerProjections(config, layer),
  ).flat();
  const modules = new Map(
    [...projections, headProjection(config)].map(({ module }) => [`${module}.weight`, module]),
  );
  return {
    config: merged,
    shapes: weightShapes(merged),
    typeOf: name => base.typeOf(source(name)),
    read(name) {
      const tensor = base.read(source(name));
      const module = modules.get(name);
      if (module !== undefined && adapter) addAdapter(tensor, module, adapter);
      return tensor;
    },
  };
}

function addAdapter({ shape, data }: FloatTensor, module: string, { lora, factors }: Adapter): void {
  const names = loraNames(module);
  const a = factors.get(names.a);
  const b = factors.get(names.b);
  if (a && b) addProduct(data, shape, a.data, b.data, lora);
}

/** W += (alpha / rank) B A, each element summed in float64 and rounded once. W [out, in], A [rank, in], B [out, rank] */
function addProduct(
  w: Float32Array,
  shape: readonly number[],
  a: Float32Array,
  b: Float32Array,
  { rank, alpha }: LoraConfig,
): void {
  const [outSize, inSize] = shape as [number, number];
  const scale = alpha / rank;
  const row = new Float64Array(inSize);
  for (let out = 0; out < outSize; out++) {
    row.fill(0);
    for (let r = 0; r < rank; r++) {
      const factor = scale * b[out * rank + r]!;
      if (factor === 0) continue;
      const from = r * inSize;
      for (let i = 0; i < inSize; i++) row[i]! += factor * a[from + i]!;
    }
    const at = out * inSize;
    for (let i = 0; i < inSize; i++) w[at + i] = w[at + i]! + row[i]!;
  }
}
