/**
 * What a Hugging Face `config.json` says about a decoder, checked and in one spelling. Knows the four supported architectures;
 * knows nothing of files, weights or graphs.
 */
import { z } from 'zod';

export const architectures = ['llama', 'mistral', 'qwen2', 'qwen3'] as const;
export type Architecture = (typeof architectures)[number];

/** Llama 3's stretching of the rotary frequencies: long wavelengths are divided by `factor`, short ones stay. */
export interface RopeScaling {
  readonly factor: number;
  readonly lowFrequencyFactor: number;
  readonly highFrequencyFactor: number;
  /** Context length, in tokens, that the frequencies were trained for. */
  readonly originalMaxPositions: number;
}

export interface ModelConfig {
  readonly architecture: Architecture;
  readonly vocabularySize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  /** Longest sequence, in tokens, that the model was made for. */
  readonly maxPositions: number;
  /** Width of the attention window in tokens. The graphs attend to everything: longer sequences have to be refused. */
  readonly slidingWindow: number | undefined;
  readonly normEpsilon: number;
  readonly ropeTheta: number;
  readonly ropeScaling: RopeScaling | undefined;
  /** The unembedding is `model.embed_tokens.weight`; a stored `lm_head.weight` is a copy of it. */
  readonly tiedEmbeddings: boolean;
  readonly queryKeyValueBias: boolean;
  readonly attentionOutputBias: boolean;
  readonly mlpBias: boolean;
  /** RMSNorm over each head of queries and keys, before the rotation (Qwen3). */
  readonly queryKeyNorm: boolean;
}

const ropeSchema = z.object({
  rope_theta: z.number().positive().optional(),
  rope_type: z.string().optional(),
  type: z.string().optional(), // the older spelling of rope_type
  factor: z.number().positive().optional(),
  low_freq_factor: z.number().positive().optional(),
  high_freq_factor: z.number().positive().optional(),
  original_max_position_embeddings: z.int().positive().optional(),
});

const configSchema = z.object({
  model_type: z.string().optional(),
  architectures: z.array(z.string()).nullish(),
  vocab_size: z.int().positive(),
  hidden_size: z.int().positive(),
  intermediate_size: z.int().positive(),
  num_hidden_layers: z.int().positive().max(4096), // more is a damaged file, and tensors are listed by layer
  num_attention_heads: z.int().positive(),
  num_key_value_heads: z.int().positive().nullish(),
  head_dim: z.int().positive().nullish(),
  hidden_act: z.string().default('silu'),
  max_position_embeddings: z.int().positive(),
  rms_norm_eps: z.number().positive().default(1e-6),
  tie_word_embeddings: z.boolean().optional(),
  attention_bias: z.boolean().default(false),
  mlp_bias: z.boolean().default(false),
  sliding_window: z.int().positive().nullish(),
  use_sliding_window: z.boolean().optional(),
  partial_rotary_factor: z.number().optional(),
  rope_theta: z.number().positive().nullish(),
  rope_scaling: ropeSchema.nullish(),
  rope_parameters: ropeSchema.nullish(),
  quantization_config: z.unknown().optional(),
});
type RawConfig = z.infer<typeof configSchema>;

/**
 * Reads the parsed JSON of a `config.json`, in the spelling of Transformers 4 or 5.
 * @throws {Error} if a field is missing or wrong, or if the model has a part that the graphs do not have.
 */
export function parseModelConfig(json: unknown): ModelConfig {
  const parsed = configSchema.safeParse(json);
  if (!parsed.success)
    throw new Error(`config.json: ${z.prettifyError(parsed.error)}`, { cause: parsed.error });
  const raw = parsed.data;
  const architecture = findArchitecture(raw);
  refuseUnsupported(raw);

  const heads = raw.num_attention_heads;
  const keyValueHeads = raw.num_key_value_heads ?? heads;
  const headSize = raw.head_dim ?? raw.hidden_size / heads;
  if (heads % keyValueHeads !== 0)
    throw new Error(
      `config.json: ${heads} attention heads cannot share ${keyValueHeads} key-value heads evenly`,
    );
  if (!Number.isInteger(headSize / 2))
    throw new Error(`config.json: rotary embedding needs an even head_dim, found ${headSize}`);

  return {
    architecture,
    vocabularySize: raw.vocab_size,
    hiddenSize: raw.hidden_size,
    intermediateSize: raw.intermediate_size,
    layers: raw.num_hidden_layers,
    heads,
    keyValueHeads,
    headSize,
    maxPositions: raw.max_position_embeddings,
    slidingWindow: findSlidingWindow(raw, architecture),
    normEpsilon: raw.rms_norm_eps,
    ropeTheta: raw.rope_parameters?.rope_theta ?? raw.rope_theta ?? 10000,
    ropeScaling: findRopeScaling(raw),
    tiedEmbeddings: raw.tie_word_embeddings ?? false,
    // Qwen2 has biases on q, k and v though no field of its config says so.
    queryKeyValueBias: architecture === 'qwen2' || (architecture !== 'mistral' && raw.attention_bias),
    attentionOutputBias: (architecture === 'llama' || architecture === 'qwen3') && raw.attention_bias,
    mlpBias: architecture === 'llama' && raw.mlp_bias,
    queryKeyNorm: architecture === 'qwen3',
  };
}

function findArchitecture(raw: RawConfig): Architecture {
  const className = raw.architectures?.[0];
  const found = architectures.find(name =>
    raw.model_type === undefined
      ? className?.toLowerCase() === `${name}forcausallm`
      : raw.model_type === name,
  );
  if (found !== undefined) return found;
  const what = [
    raw.model_type && `model_type "${raw.model_type}"`,
    className && `architecture "${className}"`,
  ];
  throw new Error(
    `config.json: found ${what.filter(Boolean).join(', ') || 'no model_type'}; supported are ${architectures.join(', ')}`,
  );
}

function refuseUnsupported(raw: RawConfig): void {
  if (raw.hidden_act !== 'silu')
    throw new Error(`config.json: found hidden_act "${raw.hidden_act}"; supported is silu`);
  if (raw.partial_rotary_factor !== undefined && raw.partial_rotary_factor !== 1)
    throw new Error(`config.json: partial_rotary_factor ${raw.partial_rotary_factor} is not supported`);
  if (raw.quantization_config !== undefined && raw.quantization_config !== null)
    throw new Error('config.json: quantised checkpoints are not supported; use the original weights');
}

function findSlidingWindow(raw: RawConfig, architecture: Architecture): number | undefined {
  const isUsed = architecture === 'mistral' || (architecture !== 'llama' && raw.use_sliding_window === true);
  if (!isUsed) return undefined;
  return raw.sliding_window === undefined ? 4096 : (raw.sliding_window ?? undefined); // null says: no window
}

function findRopeScaling(raw: RawConfig): RopeScaling | undefined {
  const rope = raw.rope_parameters ?? raw.rope_scaling;
  const type = rope?.rope_type ?? rope?.type ?? 'default';
  if (!rope || type === 'default') return undefined;
  if (type !== 'llama3')
    throw new Error(`config.json: found rope_type "${type}"; supported are default and llama3`);
  const {
    factor,
    low_freq_factor: low,
    high_freq_factor: high,
    original_max_position_embeddings: original,
  } = rope;
  if (factor === undefined || low === undefined || high === undefined || original === undefined)
    throw new Error(
      'config.json: llama3 rotary scaling needs factor, low_freq_factor, high_freq_factor and original_max_position_embeddings',
    );
  return { factor, lowFrequencyFactor: low, highFrequencyFactor: high, originalMaxPositions: original };
}
