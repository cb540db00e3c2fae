/**
 * `@huggingface/tokenizers`, of which the parts that turn plain text into pieces are used: normalizer, pre-tokenizer, model,
 * post-processor, decoder. Finding control tokens in a text is done in `added-tokens.ts`. This is the one place that mends the
 * library; each fault is proven by a reference vector (`fixtures/golden/renderers/tokenizers`):
 *
 * 1. An empty list cannot be decoded: kind `decode` with ids [] of every tokenizer.
 * 2. Lone surrogates are encoded as U+FFFD where the reference refuses them: kind `encode_error`.
 * 3. Single-byte pieces (ByteFallback) that are not UTF-8 give one U+FFFD for the run, not one per byte, and a byte order mark
 *    is lost: kind `decode` of stories260K, category of invalid UTF-8.
 * 4. Digits are cut by `\d`, ASCII only, where Rust takes every Unicode number: `½ ²³ ١٢٣ Ⅷ` in the examples of
 *    `fixtures/models/smollm2-135m/reference.json`.
 */
import { Tokenizer as UntypedTokenizer } from '@huggingface/tokenizers';
import { createWordEncoder, matchWhole } from './words.js';

/** Of `tokenizer.json`, what is used here. */
export interface TokenizerFile {
  readonly added_tokens?: readonly AddedTokenEntry[];
}

export interface AddedTokenEntry {
  readonly id: number;
  readonly content: string;
  readonly special?: boolean;
  readonly single_word?: boolean;
  readonly lstrip?: boolean;
  readonly rstrip?: boolean;
  /** Searched in the normalized text. */
  readonly normalized?: boolean;
}

/** The pieces that a text is made of, as strings. */
export interface PieceModel {
  /** By id, with holes; with the added tokens. */
  readonly pieces: readonly string[];
  readonly ids: ReadonlyMap<string, number>;
  normalize(text: string): string;
  /** @param section how many control tokens and texts come before this one. */
  encode(normalized: string, section: number): number[];
  /** What the tokenizer puts around a text. */
  surround(ids: readonly number[]): number[];
  decode(pieces: readonly string[]): string;
}

interface LibraryTokenizer {
  readonly normalizer: ((text: string) => string) | null;
  readonly pre_tokenizer:
    | (LibraryPreTokenizer & ((text: string, options: { section_index: number }) => string[]))
    | null;
  readonly model: ((words: readonly string[]) => string[]) & {
    readonly vocab: string[];
    readonly tokens_to_ids: Map<string, number>;
    readonly unk_token_id?: number;
    /** Unknown pieces that stand together become one, also across words. */
    readonly fuse_unk: boolean;
  };
  readonly post_processor: ((pieces: string[], pair: null, add: boolean) => { tokens: string[] }) | null;
  readonly decoder: (LibraryDecoder & ((pieces: readonly string[]) => string)) | null;
}
interface LibraryPreTokenizer {
  readonly config?: {
    readonly type?: string;
    readonly individual_digits?: boolean;
    readonly behavior?: string;
    readonly invert?: boolean;
  };
  /** Of `Split`, `Digits` and `ByteLevel`: what the pieces look like. */
  pattern?: RegExp | null;
  /** Of `ByteLevel`: whether it cuts. */
  use_regex?: boolean;
  readonly add_prefix_space?: boolean;
  pre_tokenize(text: string | readonly string[]): string[];
  /** Of a sequence. */
  readonly tokenizers?: readonly (LibraryPreTokenizer | null)[];
}
interface LibraryDecoder {
  readonly config: { readonly type: string };
  added_tokens: readonly { readonly content: string }[];
  end_of_word_suffix?: string | null;
  /** Of a sequence of decoders. */
  readonly decoders?: readonly LibraryDecoder[];
  decode_chain(pieces: readonly string[]): string[];
}
const Library = UntypedTokenizer as unknown as new (file: object, config: object) => LibraryTokenizer;

/** @throws {Error} if the file describes something that the library does not know. */
export function createPieceModel(file: TokenizerFile): PieceModel {
  const added = file.added_tokens ?? [];
  const { normalizer, pre_tokenizer, model, post_processor, decoder } = new Library(
    { ...file, added_tokens: [] },
    {},
  );
  const ids = new Map(model.tokens_to_ids);
  for (const { id, content } of added) {
    model.vocab[id] = content;
    ids.set(content, id);
  }
  if (decoder) prepareDecoder(decoder, added);
  if (pre_tokenizer) preparePreTokenizer(pre_tokenizer);
  const suffix = decoder?.end_of_word_suffix;
  const idsOf = (pieces: readonly string[]) =>
    pieces.flatMap(piece => ids.get(piece) ?? model.unk_token_id ?? []);
  const byWords =
    pre_tokenizer && !model.fuse_unk ? wordEncoder(pre_tokenizer, words => idsOf(model(words))) : undefined;

  return {
    pieces: model.vocab,
    ids,
    normalize: text => (normalizer ? normalizer(text) : text),
    encode(normalized, section) {
      if (byWords) return byWords(normalized);
      return idsOf(
        model(pre_tokenizer ? pre_tokenizer(normalized, { section_index: section }) : [normalized]),
      );
    },
    surround(encoded) {
      const pieces = encoded.map(id => model.vocab[id]!);
      return idsOf(post_processor ? post_processor(pieces, null, true).tokens : pieces);
    },
    decode(pieces) {
      if (pieces.length === 0) return ''; // fault 1
      const text = decoder ? decoder(pieces) : pieces.join(' ');
      return suffix ? text.replaceAll(suffix, ' ') : text;
    },
  };
}

/** @throws {Error} if the text holds half of a surrogate pair (fault 2). */
export function refuseLoneSurrogates(text: string): void {
  if (!text.isWellFormed())
    throw new Error('the text holds a lone surrogate (half a character), which has no token');
}

function preparePreTokenizer(preTokenizer: LibraryPreTokenizer): void {
  preTokenizer.tokenizers?.forEach(part => part && preparePreTokenizer(part));
  const { config } = preTokenizer;
  if (config?.type === 'Digits')
    preTokenizer.pattern = config.individual_digits ? /\P{N}+|\p{N}/gu : /\P{N}+|\p{N}+/gu; // fault 4
}

/** Undefined unless words are cut first and then turned into bytes, each on its own. */
function wordEncoder(
  preTokenizer: LibraryPreTokenizer,
  encodeWords: (words: readonly string[]) => readonly number[],
): ((text: string) => number[]) | undefined {
  const parts = preTokenizer.tokenizers ?? [preTokenizer];
  const bytes = parts.at(-1);
  if (bytes?.config?.type !== 'ByteLevel' || bytes.add_prefix_space) return undefined;
  const before = parts.slice(0, -1).map(part => {
    if (!part) return (text: string) => [text];
    const whole = (text: string) => part.pre_tokenize(text);
    const { pattern, config } = part;
    const isIsolated = config?.type === 'Split' && config.behavior === 'Isolated' && !config.invert;
    return pattern && isIsolated ? (text: string) => matchWhole(text, pattern, whole) : whole;
  });
  const { pattern } = bytes;
  const cuts = bytes.use_regex && pattern ? [...before, (text: string) => text.match(pattern) ?? []] : before;
  bytes.use_regex = false; // from here on it gets words
  return createWordEncoder({ cuts, encodeWord: word => encodeWords(bytes.pre_tokenize(word)) });
}

function prepareDecoder(decoder: LibraryDecoder, added: readonly AddedTokenEntry[]): void {
  decoder.added_tokens = added;
  decoder.decoders?.forEach(part => prepareDecoder(part, added));
  if (decoder.config.type === 'ByteFallback') decoder.decode_chain = joinBytePieces; // fault 3
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Pieces `<0xE2>` are bytes. */
function joinBytePieces(pieces: readonly string[]): string[] {
  const joined: string[] = [];
  let bytes: number[] = [];
  const flush = () => {
    if (bytes.length > 0) joined.push(decodeBytes(bytes));
    bytes = [];
  };
  for (const piece of pieces) {
    const hex = /^<0x([0-9A-Fa-f]{2})>$/.exec(piece)?.[1];
    if (hex !== undefined) {
      bytes.push(Number.parseInt(hex, 16));
    } else {
      flush();
      joined.push(piece);
    }
  }
  flush();
  return joined;
}

function decodeBytes(bytes: readonly number[]): string {
  try {
    return utf8.decode(Uint8Array.from(bytes));
  } catch {
    return '\uFFFD'.repeat(bytes.length);
  }
}
