/**
 * What a GGUF file calls the tensors of a model, and in which order it keeps the rows of q and k. Used for reading and for writing.
 *
 * Names and order: gguf-py's tensor_mapping.py and llama.cpp's convert_hf_to_gguf.py. Files of the architecture "llama" (Llama,
 * Mistral) rotate neighbouring rows, so each head's two halves of rows are interleaved; "qwen2" and "qwen3" keep the order.
 */
import { type ModelConfig, weightShapes } from '../../model/index.js';

/** Hugging Face name to GGUF name, for every tensor of a model. */
export function ggufNames(config: ModelConfig): ReadonlyMap<string, string> {
  return new Map([...weightShapes(config).keys()].map(name => [name, ggufName(name)]));
}

const modules: Readonly<Record<string, string>> = {
  'self_attn.q_proj': 'attn_q',
  'self_attn.k_proj': 'attn_k',
  'self_attn.v_proj': 'attn_v',
  'self_attn.o_proj': 'attn_output',
  'self_attn.q_norm': 'attn_q_norm',
  'self_attn.k_norm': 'attn_k_norm',
  'mlp.gate_proj': 'ffn_gate',
  'mlp.up_proj': 'ffn_up',
  'mlp.down_proj': 'ffn_down',
  input_layernorm: 'attn_norm',
  post_attention_layernorm: 'ffn_norm',
};

const outside: Readonly<Record<string, string>> = {
  'model.embed_tokens.weight': 'token_embd.weight',
  'model.norm.weight': 'output_norm.weight',
  'lm_head.weight': 'output.weight',
};

function ggufName(name: string): string {
  const layer = /^model\.layers\.(\d+)\.(.+)\.(weight|bias)$/.exec(name);
  const known = layer ? modules[layer[2]!] : outside[name];
  if (known === undefined) throw new Error(`tensor "${name}" has no name in GGUF`);
  return layer ? `blk.${layer[1]}.${known}.${layer[3]}` : known;
}

/** Heads whose rows are interleaved in the file; undefined if the tensor keeps its order. */
export function interleavedHeads(name: string, config: ModelConfig): number | undefined {
  if (ggufArchitecture(config) !== 'llama') return undefined;
  if (name.includes('.q_proj.')) return config.heads;
  if (name.includes('.k_proj.')) return config.keyValueHeads;
  return undefined;
}

export type GgufArchitecture = 'llama' | 'qwen2' | 'qwen3';

export function ggufArchitecture({ architecture }: ModelConfig): GgufArchitecture {
  return architecture === 'mistral' ? 'llama' : architecture;
}

/** From a file's order of rows to halves: row 2i + h of each head becomes row h size/2 + i. A bias has rows of one element. */
export const splitRows = (data: Float32Array, heads: number, headSize: number): Float32Array =>
  moveRows(data, heads, headSize, row => (row % 2) * (headSize / 2) + (row >> 1));

/** The way back. */
export const interleaveRows = (data: Float32Array, heads: number, headSize: number): Float32Array =>
  moveRows(data, heads, headSize, row => (row % (headSize / 2)) * 2 + (row < headSize / 2 ? 0 : 1));

function moveRows(
  data: Float32Array,
  heads: number,
  headSize: number,
  target: (row: number) => number,
): Float32Array {
  const moved = new Float32Array(data.length);
  const width = data.length / (heads * headSize);
  for (let head = 0; head < heads; head++) {
    for (let row = 0; row < headSize; row++) {
      const from = (head * headSize + row) * width;
      moved.set(data.subarray(from, from + width), (head * headSize + target(row)) * width);
    }
  }
  return moved;
}
