/** The shape of the model, as a Hugging Face config.json. */

/** Longest sequence in tokens. Training sees 48; the rest is room for longer prompts. */
export const CONTEXT_LENGTH = 128;

export interface SpecialIds {
  readonly padding: number;
  readonly endOfTurn: number;
}

/** Llama with 0.95 M parameters: four layers are what carrying a digit over takes, 128 channels are quick on a CPU. */
export function modelConfig(vocabularySize: number, { padding, endOfTurn }: SpecialIds) {
  return {
    architectures: ['LlamaForCausalLM'],
    model_type: 'llama',
    vocab_size: vocabularySize,
    hidden_size: 128,
    intermediate_size: 384,
    num_hidden_layers: 4,
    num_attention_heads: 8,
    num_key_value_heads: 8,
    head_dim: 16,
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
