/** Tiny random models, and runs of their graphs on plain numbers. */
import * as ort from 'onnxruntime-node';
import {
  type LoraConfig,
  loraShapes,
  loraTargets,
  type ModelConfig,
  type ModelGraph,
  parseModelConfig,
  type Shapes,
  weightShapes,
} from '../../src/model/index.js';

export interface Value {
  readonly dims: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}
export type Values = Readonly<Record<string, Value>>;

const base = {
  vocab_size: 23,
  hidden_size: 24,
  intermediate_size: 20,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  max_position_embeddings: 64,
  rope_theta: 1000,
};

/** Between them they have every part that a supported model can have. */
export const tinyConfigs: Readonly<Record<string, ModelConfig>> = {
  'llama with biases, untied': parseModelConfig({
    ...base,
    model_type: 'llama',
    attention_bias: true,
    mlp_bias: true,
    tie_word_embeddings: false,
  }),
  'qwen3 with head norms, tied': parseModelConfig({
    ...base,
    model_type: 'qwen3',
    head_dim: 8,
    num_key_value_heads: 1,
    tie_word_embeddings: true,
  }),
};

export const everyLoraTarget: LoraConfig = { rank: 3, alpha: 6, targets: loraTargets };

/** Repeatable numbers in [0, 1). */
export function randomNumbers(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Matrices of a size that keeps activations near 1, norms near 1, biases small; LoRA's B is not zero. */
export function randomWeights(config: ModelConfig, lora?: LoraConfig): Record<string, Value> {
  const random = randomNumbers(7);
  const draw = (shapes: Shapes): [string, Value][] =>
    [...shapes].map(([name, dims]) => {
      const scale = dims.length === 1 ? 0.2 : name.includes('embed_tokens') ? 0.7 : 1.4 / Math.sqrt(dims[1]!);
      const centre = name.includes('norm') ? 1 : 0;
      const size = dims.reduce((a, b) => a * b, 1);
      return [
        name,
        float32(
          Array.from({ length: size }, () => centre + scale * (2 * random() - 1)),
          dims,
        ),
      ];
    });
  return Object.fromEntries([...draw(weightShapes(config)), ...(lora ? draw(loraShapes(config, lora)) : [])]);
}

export function float32(values: readonly number[], dims: readonly number[]): Value {
  return { dims, data: Float32Array.from(values) };
}

export function int64(values: readonly number[], dims: readonly number[]): Value {
  return { dims, data: BigInt64Array.from(values, BigInt) };
}

/** [batch, time], short rows filled with `padding` on the right. */
export function padded(rows: readonly (readonly number[])[], padding: number): number[] {
  const time = Math.max(...rows.map(row => row.length));
  return rows.flatMap(row => [...row, ...Array.from({ length: time - row.length }, () => padding)]);
}

/** A graph's outputs by name, for the inputs of all the given sets together; later sets win. */
export type Run = (
  ...inputs: readonly Values[]
) => Promise<Record<string, { readonly dims: readonly number[]; readonly data: Float32Array }>>;

/** Creates a session for a graph, to be run many times. */
export async function compile(graph: ModelGraph, threads = 1): Promise<Run> {
  const session = await ort.InferenceSession.create(graph.onnx, {
    intraOpNumThreads: threads,
    logSeverityLevel: 3,
  });
  return async (...inputs) => {
    const all: Values = Object.assign({}, ...inputs);
    const feeds = Object.fromEntries(
      graph.inputs.map(({ name, type }) => {
        const value = all[name];
        if (!value) throw new Error(`no value for input "${name}"`);
        return [name, new ort.Tensor(type, value.data, value.dims)];
      }),
    );
    const results = await session.run(feeds);
    return Object.fromEntries(
      Object.entries(results).map(([name, { dims, data }]) => [name, { dims, data: data as Float32Array }]),
    );
  };
}
