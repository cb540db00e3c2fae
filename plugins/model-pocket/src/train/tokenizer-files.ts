/**
 * The tokenizer of a Hugging Face folder: tokenizer.json and tokenizer_config.json for a byte-level BPE
 * with the tags, the special pieces and the chat template of the qwen3_instruct format. Knows nothing about
 * what the pieces were learned from.
 */
import type { BytePairEncoding } from './bpe.js';

export const END_OF_TEXT = '<|endoftext|>';
export const START_OF_TURN = '<|im_start|>';
export const END_OF_TURN = '<|im_end|>';
/** Pieces that are found in any text and are part of it. */
export const tags: readonly string[] = [
  '<think>',
  '</think>',
  '<tool_call>',
  '</tool_call>',
  '<tool_response>',
  '</tool_response>',
];
/** Pieces that only a chat format puts in. */
export const specialPieces: readonly string[] = [END_OF_TEXT, START_OF_TURN, END_OF_TURN];

/** As the renderer `qwen3_instruct` writes it: results of tools are turns of their own, thoughts are part of a text. */
const chatTemplate = `{%- if tools %}
{{- '<|im_start|>system\\n' }}
{%- if messages[0].role == 'system' %}{{- messages[0].content + '\\n\\n' }}{%- endif %}
{{- '# Tools\\n\\nYou may call one or more functions to assist with the user query.\\n\\nYou are provided with function signatures within <tools></tools> XML tags:\\n<tools>' }}
{%- for tool in tools %}{{- '\\n' + (tool | tojson) }}{%- endfor %}
{{- '\\n</tools>\\n\\nFor each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:\\n<tool_call>\\n{"name": <function-name>, "arguments": <args-json-object>}\\n</tool_call><|im_end|>\\n' }}
{%- endif %}
{%- for message in messages %}
{%- if not (tools and loop.first and message.role == 'system') %}
{{- '<|im_start|>' + ('user' if message.role == 'tool' else message.role) + '\\n' }}
{%- if message.role == 'tool' %}{{- '<tool_response>\\n' + message.content + '\\n</tool_response>' }}{%- else %}{{- message.content }}{%- endif %}
{%- if message.tool_calls %}
{%- for call in message.tool_calls %}
{%- if message.content or not loop.first %}{{- '\\n' }}{%- endif %}
{%- set called = call.function if call.function else call %}
{{- '<tool_call>\\n{"name": "' + called.name + '", "arguments": ' }}
{%- if called.arguments is string %}{{- called.arguments }}{%- else %}{{- called.arguments | tojson }}{%- endif %}
{{- '}\\n</tool_call>' }}
{%- endfor %}
{%- endif %}
{{- '<|im_end|>\\n' }}
{%- endif %}
{%- endfor %}
{%- if add_generation_prompt %}{{- '<|im_start|>assistant\\n' }}{%- endif %}`;

export interface TokenizerFiles {
  readonly 'tokenizer.json': object;
  readonly 'tokenizer_config.json': object;
}

/** Ids: the pieces of the encoding in their order, then the tags, then the special pieces. */
export function tokenizerFiles(encoding: BytePairEncoding, contextLength: number): TokenizerFiles {
  const { pieces, merges, splitPattern } = encoding;
  const plain = { single_word: false, lstrip: false, rstrip: false, normalized: false };
  const added = [...tags, ...specialPieces].map((content, index) => ({
    id: pieces.length + index,
    content,
    ...plain,
    special: specialPieces.includes(content),
  }));
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
          { type: 'Split', pattern: { Regex: splitPattern }, behavior: 'Isolated', invert: false },
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
        ignore_merges: true,
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
