/**
 * The tokenizer in a GGUF file's metadata, in the form of Hugging Face's tokenizer.json: byte-level BPE (`gpt2`), and BPE in the
 * manner of SentencePiece (`llama`). Knows nothing of how text is tokenized.
 */
import { TinsmithError } from '@tinsmith/core';
import type { GgufFile } from './gguf-file.js';
import { byteLevel, preTokenizerNames, preTokenizerOf } from './pre-tokenizers.js';

export interface TokenizerFiles {
  /** Content of tokenizer.json. */
  readonly tokenizer: object;
  /** Content of tokenizer_config.json. */
  readonly config: object;
}

/** llama.cpp's kinds of pieces. */
export const pieceKinds = { normal: 1, unknown: 2, control: 3, userDefined: 4, unused: 5, byte: 6 } as const;

/** @throws {TinsmithError} TOKENIZER_UNSUPPORTED, with the way round it */
export function tokenizerOfGguf({ metadata, path }: GgufFile): TokenizerFiles {
  const unsupported = (found: string) =>
    new TinsmithError({
      code: 'TOKENIZER_UNSUPPORTED',
      message: 'the tokenizer in the file cannot be used',
      at: path,
      found,
      fix: "put the model's tokenizer.json and tokenizer_config.json beside the file",
    });
  const value = (key: string) => metadata.get(`tokenizer.ggml.${key}`);
  const pieces = value('tokens');
  if (!isStrings(pieces)) throw unsupported('no tokenizer.ggml.tokens');
  const kinds = value('token_type');
  const kindOf = (id: number): number =>
    isNumbers(kinds) ? (kinds[id] ?? pieceKinds.normal) : pieceKinds.normal;
  const added = [...pieces.keys()]
    .filter(id =>
      [pieceKinds.control, pieceKinds.userDefined, pieceKinds.unknown].includes(kindOf(id) as 2 | 3 | 4),
    )
    .map(id => addedToken(id, pieces[id]!, kindOf(id) !== pieceKinds.userDefined));
  const vocab = Object.fromEntries(pieces.map((piece, id) => [piece, id]));
  const named = (kind: string): string | undefined => {
    const id = value(`${kind}_token_id`);
    return typeof id === 'number' ? pieces[id] : undefined;
  };
  const template = metadata.get('tokenizer.chat_template');
  const config = {
    bos_token: named('bos'),
    eos_token: named('eos'),
    pad_token: named('padding'),
    unk_token: named('unknown'),
    add_bos_token: value('add_bos_token') === true,
    clean_up_tokenization_spaces: false,
    chat_template: typeof template === 'string' ? template : undefined,
  };
  const shared = { version: '1.0', truncation: null, padding: null, added_tokens: added };

  const model = value('model');
  if (model === 'gpt2') {
    const name = value('pre') ?? 'default';
    const before = typeof name === 'string' ? preTokenizerOf(name) : undefined;
    const merges = value('merges');
    if (!before)
      throw unsupported(
        `pre-tokenizer ${JSON.stringify(name)}; supported are ${preTokenizerNames.join(', ')}`,
      );
    if (!isStrings(merges)) throw unsupported('no tokenizer.ggml.merges');
    return {
      tokenizer: {
        ...shared,
        ...before,
        post_processor: null,
        decoder: byteLevel(true),
        model: { ...bpe, vocab, merges, ignore_merges: name === 'llama-bpe' },
      },
      config,
    };
  }
  if (model === 'llama') {
    const scores = value('scores');
    if (!isNumbers(scores) || scores.length < pieces.length) throw unsupported('no tokenizer.ggml.scores');
    const mergeable = (id: number) =>
      kindOf(id) === pieceKinds.normal || kindOf(id) === pieceKinds.userDefined;
    return {
      tokenizer: {
        ...shared,
        ...sentencePieceText(value('add_space_prefix') !== false),
        model: {
          ...bpe,
          unk_token: named('unknown') ?? pieces.find((_, id) => kindOf(id) === pieceKinds.unknown) ?? null,
          fuse_unk: true,
          byte_fallback: true,
          vocab,
          merges: mergesOfScores(pieces, scores, mergeable),
        },
      },
      config,
    };
  }
  throw unsupported(`kind ${JSON.stringify(model ?? null)}; supported are gpt2 and llama`);
}

const bpe = {
  type: 'BPE',
  dropout: null,
  unk_token: null as string | null,
  continuing_subword_prefix: null,
  end_of_word_suffix: null,
  fuse_unk: false,
  byte_fallback: false,
  ignore_merges: false,
};

const addedToken = (id: number, content: string, special: boolean) => ({
  id,
  content,
  single_word: false,
  lstrip: false,
  rstrip: false,
  normalized: false,
  special,
});

/** SentencePiece writes spaces as U+2581, and one in front of the text. */
function sentencePieceText(addsSpace: boolean): object {
  const toMark = { type: 'Replace', pattern: { String: ' ' }, content: '▁' };
  const toSpace = { type: 'Replace', pattern: { String: '▁' }, content: ' ' };
  const decoders = [toSpace, { type: 'ByteFallback' }, { type: 'Fuse' }];
  const strip = { type: 'Strip', content: ' ', start: 1, stop: 0 };
  return {
    normalizer: {
      type: 'Sequence',
      normalizers: addsSpace ? [{ type: 'Prepend', prepend: '▁' }, toMark] : [toMark],
    },
    pre_tokenizer: null,
    post_processor: null,
    decoder: { type: 'Sequence', decoders: addsSpace ? [...decoders, strip] : decoders },
  };
}

/**
 * SentencePiece joins the neighbours whose union has the best score; BPE has a list of joins, best first. As Transformers'
 * `SentencePieceExtractor` makes it.
 */
function mergesOfScores(
  pieces: readonly string[],
  scores: ArrayLike<number>,
  isMergeable: (id: number) => boolean,
): string[] {
  const ids = new Map(pieces.map((piece, id) => [piece, id]));
  const merges: { readonly left: string; readonly right: string; readonly score: number }[] = [];
  for (const [id, piece] of pieces.entries()) {
    if (!isMergeable(id)) continue;
    const characters = Array.from(piece);
    const ways = characters.slice(1).map((_, cut) => ({
      left: characters.slice(0, cut + 1).join(''),
      right: characters.slice(cut + 1).join(''),
      score: scores[id]!,
    }));
    const possible = ways.filter(({ left, right }) => ids.has(left) && ids.has(right));
    merges.push(
      ...possible.toSorted(
        (a, b) => ids.get(a.left)! - ids.get(b.left)! || ids.get(a.right)! - ids.get(b.right)!,
      ),
    );
  }
  return merges
    .toSorted((a, b) => b.score - a.score || b.left.length - a.left.length || b.right.length - a.right.length)
    .map(({ left, right }) => `${left} ${right}`);
}

const isStrings = (value: unknown): value is readonly string[] =>
  Array.isArray(value) && value.every(item => typeof item === 'string');

const isNumbers = (value: unknown): value is ArrayLike<number> =>
  ArrayBuffer.isView(value) && !(value instanceof DataView);
