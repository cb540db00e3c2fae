/**
 * Text to token ids and back, over `@huggingface/tokenizers`. What is added to the library: control tokens are never found in
 * plain text, an empty list decodes, lone surrogates are refused, broken UTF-8 decodes as in the reference implementation.
 * Knows nothing of files, models or chat formats.
 */
import { Tokenizer as UntypedTokenizer } from '@huggingface/tokenizers';

export interface Tokenizer {
  /** Largest id plus one. */
  readonly vocabSize: number;
  readonly bosTokenId: number | undefined;
  readonly eosTokenId: number | undefined;
  /**
   * Plain text: special-looking text inside it stays text, nothing is added in front or behind.
   * @throws {Error} if the text holds half of a surrogate pair, which is no character.
   */
  encode(text: string): number[];
  /** Special pieces are shown as their text; ids without a piece are left out. */
  decode(tokens: readonly number[]): string;
  /** The id of a piece such as `<|im_end|>`, if the vocabulary has it. */
  tokenId(piece: string): number | undefined;
}

/** Of `tokenizer.json`, what is used here. */
interface TokenizerFile {
  readonly added_tokens?: readonly {
    readonly id: number;
    readonly content: string;
    readonly special?: boolean;
  }[];
}

/** Of the library, what is used here: its own declarations do not resolve under Node's module rules. */
interface LibraryTokenizer {
  /** `vocab`: piece by id, with holes; `tokens_to_ids`: the reverse. Both with the added tokens. */
  readonly model: { readonly vocab: string[]; readonly tokens_to_ids: Map<string, number> };
  readonly decoder: LibraryDecoder | null;
  encode(text: string, options: { add_special_tokens: boolean }): { readonly ids: number[] };
  decode(
    ids: number[],
    options: { skip_special_tokens: boolean; clean_up_tokenization_spaces: boolean },
  ): string;
  get_added_tokens_decoder(): Map<number, { content: string }>;
}
interface LibraryDecoder {
  readonly config: { readonly type: string };
  /** Of a sequence of decoders. */
  readonly decoders?: readonly LibraryDecoder[];
  decode_chain(pieces: readonly string[]): string[];
}
const Library = UntypedTokenizer as new (file: object, config: object) => LibraryTokenizer;

/**
 * @param tokenizerJson the parsed `tokenizer.json`
 * @param config the parsed `tokenizer_config.json`; only its begin and end token are used.
 * @throws {Error} if the file describes something that the library does not know.
 */
export function createTokenizer(tokenizerJson: unknown, config: unknown = {}): Tokenizer {
  const library = createLibraryTokenizer(tokenizerJson as TokenizerFile);
  const pieces = library.model.vocab;
  const ids = library.model.tokens_to_ids;
  const idOf = (piece: string | undefined) => (piece === undefined ? undefined : ids.get(piece));

  return {
    vocabSize: pieces.length,
    bosTokenId: idOf(namedPiece(config, 'bos_token')),
    eosTokenId: idOf(namedPiece(config, 'eos_token')),

    encode(text) {
      if (!text.isWellFormed())
        throw new Error('the text holds a lone surrogate (half a character), which has no token');
      return library.encode(text, { add_special_tokens: false }).ids;
    },

    decode(tokens) {
      const known = tokens.filter(id => pieces[id] !== undefined);
      if (known.length === 0) return ''; // the library refuses an empty list
      return library.decode(known, { skip_special_tokens: false, clean_up_tokenization_spaces: false });
    },

    tokenId: idOf,
  };
}

/**
 * The library cuts a text at every special token that it finds. To keep text as text the special tokens are given names that no
 * text can hold (with a lone surrogate) while the cutting is set up, and get their own names back for decoding.
 */
function createLibraryTokenizer(file: TokenizerFile): LibraryTokenizer {
  const addedTokens = file.added_tokens ?? [];
  const hidden = addedTokens.map(token =>
    token.special ? { ...token, content: `\uD800${token.id}`, normalized: false } : token,
  );
  const library = new Library({ ...file, added_tokens: hidden }, {});

  const added = library.get_added_tokens_decoder();
  for (const { id, content } of addedTokens) {
    added.get(id)!.content = content;
    library.model.vocab[id] = content;
    library.model.tokens_to_ids.set(content, id);
  }
  if (library.decoder) decodeBrokenUtf8ByteByByte(library.decoder);
  return library;
}

function namedPiece(config: unknown, key: 'bos_token' | 'eos_token'): string | undefined {
  const value: unknown = (config as Record<string, unknown>)[key];
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || !('content' in value)) return undefined;
  return typeof value.content === 'string' ? value.content : undefined;
}

/**
 * Pieces `<0xE2>` are bytes. Rust's decoder, the reference, turns a run of bytes that is not UTF-8 into one U+FFFD per byte,
 * and keeps a byte order mark; the JavaScript library does neither.
 */
function decodeBrokenUtf8ByteByByte(decoder: LibraryDecoder): void {
  decoder.decoders?.forEach(decodeBrokenUtf8ByteByByte);
  if (decoder.config.type === 'ByteFallback') decoder.decode_chain = joinBytePieces;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

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
