/**
 * tokenizer.json as the metadata of a GGUF file: byte-level BPE becomes llama.cpp's `gpt2`, BPE in the manner of SentencePiece its
 * `llama`. The way back is in weights/gguf/gguf-tokenizer. Knows nothing of how text is tokenized.
 */
import { TinsmithError } from '@tinsmith/core';
import { z } from 'zod';
import { pieceKinds, type TokenizerFiles } from '../weights/gguf/gguf-tokenizer.js';
import type { WrittenValue } from '../weights/gguf/gguf-writer.js';
import { nameOfPreTokenizer, preTokenizerNames } from '../weights/gguf/pre-tokenizers.js';

const tokenizerSchema = z.object({
  added_tokens: z
    .array(z.object({ id: z.int(), content: z.string(), special: z.boolean().default(false) }))
    .default([]),
  normalizer: z.unknown().optional(),
  pre_tokenizer: z.unknown().optional(),
  model: z.object({
    type: z.literal('BPE'),
    vocab: z.record(z.string(), z.int().nonnegative()),
    merges: z.array(z.union([z.string(), z.tuple([z.string(), z.string()])])),
    unk_token: z.string().nullish(),
    byte_fallback: z.boolean().default(false),
  }),
});
type TokenizerJson = z.infer<typeof tokenizerSchema>;

const namedSchema = z
  .union([z.string(), z.object({ content: z.string() }).transform(({ content }) => content)])
  .nullish();
const configSchema = z.object({
  bos_token: namedSchema,
  eos_token: namedSchema,
  pad_token: namedSchema,
  unk_token: namedSchema,
  add_bos_token: z.boolean().nullish(),
  chat_template: z.unknown().optional(),
});

/**
 * @param size rows of the embedding table: ids without a piece are filled up.
 * @throws {TinsmithError} TOKENIZER_UNSUPPORTED
 */
export function ggufVocabulary(
  files: TokenizerFiles,
  size: number,
  at: string,
): Readonly<Record<string, WrittenValue>> {
  const unsupported = (found: string) =>
    new TinsmithError({
      code: 'TOKENIZER_UNSUPPORTED',
      message: 'the tokenizer has no form that llama.cpp knows',
      at,
      found,
      fix: 'write the model with tokenizer: false, for programs that bring their own tokenizer',
    });
  const parsed = tokenizerSchema.safeParse(files.tokenizer);
  if (!parsed.success) throw unsupported(z.prettifyError(parsed.error));
  const config = configSchema.parse(files.config);
  const json = parsed.data;
  const { pieces, kinds } = listPieces(json, size);
  if (pieces.length !== size) throw unsupported(`${pieces.length} pieces for ${size} rows of embeddings`);

  const ids = new Map(pieces.map((piece, id) => [piece, id]));
  const idOf = (piece: string | null | undefined): WrittenValue | undefined => {
    const id = piece == null ? undefined : ids.get(piece);
    return id === undefined ? undefined : { type: 'u32', value: id };
  };
  const { chat_template: template } = config;
  if (isSentencePiece(json) && kinds.filter(kind => kind === pieceKinds.byte).length !== 256)
    throw unsupported('no piece for every byte, which llama.cpp falls back to'); // it aborts on other characters
  return prune({
    ...(isSentencePiece(json) ? sentencePiece(json, pieces) : byteLevel(json, unsupported)),
    'tokenizer.ggml.tokens': { type: 'strings', value: pieces },
    'tokenizer.ggml.token_type': { type: 'i32s', value: kinds },
    'tokenizer.ggml.bos_token_id': idOf(config.bos_token),
    'tokenizer.ggml.eos_token_id': idOf(config.eos_token),
    'tokenizer.ggml.padding_token_id': idOf(config.pad_token),
    'tokenizer.ggml.unknown_token_id': idOf(json.model.unk_token ?? config.unk_token),
    'tokenizer.ggml.add_bos_token': { type: 'bool', value: config.add_bos_token ?? false },
    'tokenizer.chat_template': typeof template === 'string' ? { type: 'string', value: template } : undefined,
  });
}

/** For a model without a tokenizer: llama.cpp then takes token ids only. */
export const noVocabulary: Readonly<Record<string, WrittenValue>> = {
  'tokenizer.ggml.model': { type: 'string', value: 'no_vocab' },
};

function listPieces({ model, added_tokens: added }: TokenizerJson, size: number) {
  const pieces: string[] = Array.from({ length: size }, (_, id) => `[PAD${id}]`); // as llama.cpp's converter names them
  const kinds: number[] = pieces.map(() => pieceKinds.unused);
  for (const [piece, id] of Object.entries(model.vocab)) {
    pieces[id] = piece;
    const isByte = model.byte_fallback && /^<0x[0-9A-F]{2}>$/.test(piece);
    kinds[id] = isByte ? pieceKinds.byte : pieceKinds.normal;
  }
  for (const { id, content, special } of added) {
    pieces[id] = content;
    kinds[id] = special ? pieceKinds.control : pieceKinds.userDefined;
  }
  const unknown = model.unk_token == null ? undefined : model.vocab[model.unk_token];
  if (unknown !== undefined) kinds[unknown] = pieceKinds.unknown;
  return { pieces, kinds };
}

const isSentencePiece = ({ model, pre_tokenizer: before }: TokenizerJson): boolean =>
  model.byte_fallback && (before === null || before === undefined);

function byteLevel(json: TokenizerJson, unsupported: (found: string) => Error): Record<string, WrittenValue> {
  const name = nameOfPreTokenizer(json.pre_tokenizer);
  if (name === undefined)
    throw unsupported(
      `pre_tokenizer ${JSON.stringify(json.pre_tokenizer)}; supported are ${preTokenizerNames.join(', ')}`,
    );
  return {
    'tokenizer.ggml.model': { type: 'string', value: 'gpt2' },
    'tokenizer.ggml.pre': { type: 'string', value: name },
    'tokenizer.ggml.merges': { type: 'strings', value: mergesOf(json).map(pair => pair.join(' ')) },
  };
}

/** A piece's score is the better, the earlier it can be merged; pieces that no merge makes come last. */
function sentencePiece(json: TokenizerJson, pieces: readonly string[]): Record<string, WrittenValue> {
  const merges = mergesOf(json);
  const ranks = new Map<string, number>();
  merges.forEach(([left, right], rank) => {
    if (!ranks.has(left + right)) ranks.set(left + right, rank);
  });
  return {
    'tokenizer.ggml.model': { type: 'string', value: 'llama' },
    'tokenizer.ggml.pre': { type: 'string', value: 'default' },
    'tokenizer.ggml.scores': {
      type: 'f32s',
      value: pieces.map(piece => 0 - (ranks.get(piece) ?? merges.length)),
    },
    'tokenizer.ggml.add_space_prefix': {
      type: 'bool',
      value: JSON.stringify(json.normalizer ?? null).includes('"Prepend"'),
    },
  };
}

const mergesOf = ({ model }: TokenizerJson): [string, string][] =>
  model.merges.map(merge => (typeof merge === 'string' ? (merge.split(' ') as [string, string]) : merge));

function prune(
  entries: Readonly<Record<string, WrittenValue | undefined>>,
): Readonly<Record<string, WrittenValue>> {
  return Object.fromEntries(
    Object.entries(entries).filter((entry): entry is [string, WrittenValue] => entry[1] !== undefined),
  );
}
