/**
 * The tokenizer of a Hugging Face folder: tokenizer.json and tokenizer_config.json for a byte-level BPE
 * with the special pieces and the chat template of the qwen3_instruct format. Knows nothing about
 * what the pieces were learned from.
 */
import { SPLIT_PATTERN, type BytePairEncoding } from './bpe.js';

export const END_OF_TEXT = '<|endoftext|>';
export const START_OF_TURN = '<|im_start|>';
export const END_OF_TURN = '<|im_end|>';
export const specialPieces: readonly string[] = [END_OF_TEXT, START_OF_TURN, END_OF_TURN];

const chatTemplate =
  "{%- for message in messages %}{{- '<|im_start|>' + message.role + '\\n' + message.content + '<|im_end|>\\n' }}{%- endfor %}" +
  "{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}";

export interface TokenizerFiles {
  readonly 'tokenizer.json': object;
  readonly 'tokenizer_config.json': object;
}

/** Ids: the pieces of the encoding in their order, then the special pieces. */
export function tokenizerFiles({ pieces, merges }: BytePairEncoding, contextLength: number): TokenizerFiles {
  const special = { single_word: false, lstrip: false, rstrip: false, normalized: false, special: true };
  const added = specialPieces.map((content, index) => ({ id: pieces.length + index, content, ...special }));
  const byteLevel = { type: 'ByteLevel', add_prefix_space: false, trim_offsets: false, use_regex: false };
  return {
    'tokenizer.json': {
      version: '1.0',
      truncation: null,
      padding: null,
      added_tokens: added,
      normalizer: null,
      pre_tokenizer: {
        type: 'Sequence',
        pretokenizers: [
          { type: 'Split', pattern: { Regex: SPLIT_PATTERN }, behavior: 'Isolated', invert: false },
          byteLevel,
        ],
      },
      post_processor: byteLevel,
      decoder: byteLevel,
      model: {
        type: 'BPE',
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: null,
        end_of_word_suffix: null,
        fuse_unk: false,
        byte_fallback: false,
        ignore_merges: false,
        vocab: Object.fromEntries(pieces.map((piece, id) => [piece, id])),
        merges,
      },
    },
    'tokenizer_config.json': {
      tokenizer_class: 'PreTrainedTokenizerFast',
      add_bos_token: false,
      add_prefix_space: false,
      added_tokens_decoder: Object.fromEntries(added.map(({ id, ...piece }) => [id, piece])),
      bos_token: null,
      eos_token: END_OF_TURN,
      pad_token: END_OF_TEXT,
      unk_token: null,
      clean_up_tokenization_spaces: false,
      model_max_length: contextLength,
      chat_template: chatTemplate,
    },
  };
}
