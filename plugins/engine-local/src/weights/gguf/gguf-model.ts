/**
 * A model in one GGUF file: its metadata as a Hugging Face configuration, its tensors under their Hugging Face names and in their
 * order. Knows what llama.cpp's converter does to a model, not what is done with the weights.
 */
import { messageOf, TinsmithError } from '@tinsmith/core';
import { checkFinite } from '../check-finite.js';
import { type ModelConfig, parseModelConfig, type RopeScaling, weightShapes } from '../../model/index.js';
import { hashFile } from '../hash-file.js';
import type { ModelDescription } from '../model-folder.js';
import type { FloatTensor, FloatTensors } from '../safetensors.js';
import { type GgufFile, openGguf } from './gguf-file.js';
import { findRopeScaling, ropeFactorsTensor } from './rope-factors.js';
import { type GgufArchitecture, ggufNames, interleavedHeads, splitRows } from './tensor-names.js';

const requiredKeys = [
  'block_count',
  'context_length',
  'embedding_length',
  'feed_forward_length',
  'attention.head_count',
  'attention.layer_norm_rms_epsilon',
];

const architectures: readonly GgufArchitecture[] = ['llama', 'qwen2', 'qwen3'];

/**
 * Reads what a file says about its model, without the weights.
 * @throws {TinsmithError} MODEL_UNSUPPORTED, GGUF_CORRUPT, GGUF_VERSION, GGUF_TYPE
 */
export function describeGguf(path: string): ModelDescription {
  return withGguf(path, describe);
}

/** Reads all weights, widened to float32. */
export function readGgufWeights(path: string, config: ModelConfig): FloatTensors {
  return withGguf(path, file => {
    const tensors = new Map<string, FloatTensor>();
    for (const name of weightShapes(config).keys()) tensors.set(name, readGgufWeight(file, name, config));
    return tensors;
  });
}

/** Reads one tensor by its Hugging Face name. */
export function readGgufWeight(file: GgufFile, name: string, config: ModelConfig): FloatTensor {
  const shape = weightShapes(config).get(name)!;
  const stored = ggufNames(config).get(name)!;
  const entry = file.tensors.get(stored);
  if (!entry)
    throw new TinsmithError({
      code: 'TENSOR_MISSING',
      message: `tensor "${stored}" is not in the file`,
      at: file.path,
      found: `${file.tensors.size} tensors`,
    });
  if (entry.shape.join() !== shape.join())
    throw new TinsmithError({
      code: 'TENSOR_SHAPE',
      message: `tensor "${stored}" does not have the shape that the metadata asks for`,
      at: file.path,
      found: `[${entry.shape.join(', ')}], not [${shape.join(', ')}]`,
    });
  const { data } = file.read(stored);
  checkFinite(stored, data, file.path);
  const heads = interleavedHeads(name, config);
  return { shape, data: heads === undefined ? data : splitRows(data, heads, config.headSize) };
}

export function withGguf<T>(path: string, use: (file: GgufFile) => T): T {
  const file = openGguf(path);
  try {
    return use(file);
  } finally {
    file.close();
  }
}

function describe(file: GgufFile): ModelDescription {
  const { metadata, tensors, path } = file;
  const unsupported = (found: string, fix?: string) =>
    new TinsmithError({
      code: 'MODEL_UNSUPPORTED',
      message: 'the model cannot be run',
      at: path,
      found,
      fix,
    });
  const architecture = architectures.find(name => name === metadata.get('general.architecture'));
  if (!architecture)
    throw unsupported(
      `architecture ${JSON.stringify(metadata.get('general.architecture') ?? null)}; supported are ${architectures.join(', ')}`,
    );
  const parts = metadata.get('split.count');
  if (typeof parts === 'number' && parts > 1)
    throw unsupported(`one of ${parts} parts`, 'join the parts with llama.cpp: llama-gguf-split --merge');
  const scalingType = metadata.get(`${architecture}.rope.scaling.type`) ?? 'none';
  if (scalingType !== 'none' || (metadata.get(`${architecture}.rope.scale_linear`) ?? 1) !== 1)
    throw unsupported(
      `rotary scaling ${JSON.stringify(scalingType)}; supported is Llama 3's, as ${ropeFactorsTensor}`,
    );

  for (const key of requiredKeys) {
    const found = metadata.get(`${architecture}.${key}`);
    if (typeof found !== 'number')
      throw unsupported(
        `${found === undefined ? 'no' : 'no single'} number ${architecture}.${key} in the metadata`,
      );
  }
  if (!tensors.has('token_embd.weight')) throw unsupported('no tensor "token_embd.weight"');
  const plain = hfConfig(file, architecture);
  const parse = (json: unknown): ModelConfig => {
    try {
      return parseModelConfig(json);
    } catch (error) {
      throw unsupported(messageOf(error).replace(/^config.json: /, '')); // the fields have their Hugging Face names
    }
  };
  const config = parse(plain);
  const rotary = metadata.get(`${architecture}.rope.dimension_count`) ?? config.headSize;
  if (rotary !== config.headSize)
    throw unsupported(
      `rotary embedding of ${JSON.stringify(rotary)} of ${config.headSize} elements; supported is all of them`,
    );
  const known = new Set([...ggufNames(config).values(), ropeFactorsTensor]);
  const stranger = [...tensors.keys()].find(name => !known.has(name));
  if (stranger !== undefined) throw unsupported(`tensor "${stranger}", for which the model has no place`);

  const endTokens = ['eos', 'eot'].map(kind => metadata.get(`tokenizer.ggml.${kind}_token_id`));
  const description = {
    endTokens: [...new Set(endTokens)].filter(id => typeof id === 'number'),
    descriptionHash: hashFile(path, file.headerSize),
  };
  if (!tensors.has(ropeFactorsTensor)) return { ...description, config, configJson: plain };
  const hasFactors = tensors.get(ropeFactorsTensor)?.shape.join() === String(config.headSize / 2);
  const scaling = hasFactors ? findRopeScaling(file.read(ropeFactorsTensor).data, config) : undefined;
  if (!scaling) throw unsupported(`rotary factors in ${ropeFactorsTensor} that are not Llama 3's`);
  const configJson = { ...plain, rope_scaling: scalingJson(scaling) };
  return { ...description, config: parse(configJson), configJson };
}

/** In Transformers 4's spelling, as config.json has it. What is missing is left out for the parser to name. */
function hfConfig({ metadata, tensors }: GgufFile, architecture: GgufArchitecture): Record<string, unknown> {
  const value = (key: string) => metadata.get(`${architecture}.${key}`);
  const token = (kind: string) => metadata.get(`tokenizer.ggml.${kind}_token_id`);
  const hasBias = (tensor: string) => tensors.has(`blk.0.${tensor}.bias`);
  const fields = {
    architectures: [{ llama: 'Llama', qwen2: 'Qwen2', qwen3: 'Qwen3' }[architecture] + 'ForCausalLM'],
    model_type: architecture,
    vocab_size: tensors.get('token_embd.weight')?.shape[0],
    hidden_size: value('embedding_length'),
    intermediate_size: value('feed_forward_length'),
    num_hidden_layers: value('block_count'),
    num_attention_heads: value('attention.head_count'),
    num_key_value_heads: value('attention.head_count_kv'),
    head_dim: value('attention.key_length'),
    hidden_act: 'silu',
    max_position_embeddings: value('context_length'),
    rms_norm_eps: shortest(value('attention.layer_norm_rms_epsilon')),
    rope_theta: shortest(value('rope.freq_base')),
    tie_word_embeddings: !tensors.has('output.weight'),
    attention_bias: architecture !== 'qwen2' && hasBias('attn_q'),
    mlp_bias: architecture === 'llama' && hasBias('ffn_gate'),
    bos_token_id: token('bos'),
    eos_token_id: token('eos'),
    pad_token_id: token('padding'),
    torch_dtype: 'float32',
  };
  return Object.fromEntries(Object.entries(fields).filter(([, field]) => field !== undefined));
}

/** A float32 as it was meant: 9.999999747378752e-6 is 1e-5. */
const shortest = (value: unknown): unknown =>
  typeof value === 'number' ? Number(value.toPrecision(7)) : value;

const scalingJson = (scaling: RopeScaling) => ({
  rope_type: 'llama3',
  factor: Number(scaling.factor.toPrecision(7)),
  low_freq_factor: scaling.lowFrequencyFactor,
  high_freq_factor: scaling.highFrequencyFactor,
  original_max_position_embeddings: scaling.originalMaxPositions,
});
