/** The shape of a model, as a Hugging Face config.json. */

/** Longest sequence in tokens. */
export const CONTEXT_LENGTH = 512;

export interface SpecialIds {
  readonly padding: number;
  readonly endOfTurn: number;
}

export interface Shape {
  readonly hiddenSize: number;
  readonly layers: number;
  readonly heads: number;
  readonly intermediateSize: number;
}

/** Llama with tied embeddings. */
export function modelConfig(vocabularySize: number, shape: Shape, { padding, endOfTurn }: SpecialIds) {
  const { hiddenSize, layers, heads, intermediateSize } = shape;
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: vocabularySize,
    hidden_size: hiddenSize,
    intermediate_size: intermediateSize,
    num_hidden_layers: layers,
    num_attention_heads: heads,
    num_key_value_heads: heads,
    head_dim: hiddenSize / heads,
    hidden_act: 'silu',
    max_position_embeddings: CONTEXT_LENGTH,
    rope_theta: 10_000,
    rms_norm_eps: 1e-6,
    attention_bias: false,
    mlp_bias: false,
    tie_word_embeddings: true,
    initializer_range: 0.02,
    bos_token_id: null,
    eos_token_id: endOfTurn,
    pad_token_id: padding,
    torch_dtype: 'bfloat16',
    use_cache: true,
  };
}
