/**
 * Text to token ids and back. What is added to the library behind it: control tokens are found only where they are asked for.
 * Knows nothing of files, models or chat formats.
 */
import { createSplitter, type Splitter } from './added-tokens.js';
import { createPieceModel, refuseLoneSurrogates, type TokenizerFile } from './huggingface.js';

export interface EncodeOptions {
  /** Whether added tokens that are not special (`<think>` of Qwen3) are found in the text. Default true. */
  readonly addedTokens?: boolean;
  /** Whether special tokens (`<|im_end|>`) are found in the text. Never for what users write. Default false. */
  readonly specialTokens?: boolean;
  /** Whether what the tokenizer puts around a text is put there, e.g. a begin token. Default false. */
  readonly surround?: boolean;
}

export interface Tokenizer {
  /** Largest id plus one. */
  readonly vocabSize: number;
  readonly bosTokenId: number | undefined;
  readonly eosTokenId: number | undefined;
  /** The model's own chat template (Jinja), if it has one. */
  readonly chatTemplate: string | undefined;
  /** Tokens that are no text: begin, end, roles. */
  readonly specialTokenIds: ReadonlySet<number>;
  /**
   * Plain text: special-looking text inside it stays text, nothing is added in front or behind.
   * @throws {Error} if the text holds half of a surrogate pair, which is no character.
   */
  encode(text: string, options?: EncodeOptions): number[];
  /** Special pieces are shown as their text unless they are skipped; ids without a piece are left out. */
  decode(tokens: readonly number[], options?: { readonly skipSpecialTokens?: boolean }): string;
  /** The id of a piece such as `<|im_end|>`, if the vocabulary has it. */
  tokenId(piece: string): number | undefined;
  /** The piece of an id as the vocabulary has it: bytes and spaces are not turned into text. */
  piece(token: number): string | undefined;
}

/** Searched before and after the text is normalized. */
interface Splitters {
  readonly raw: Splitter;
  readonly normalized: Splitter;
}

/**
 * @param tokenizerJson the parsed `tokenizer.json`
 * @param config the parsed `tokenizer_config.json`; only its begin and end token and the chat template are used.
 * @throws {Error} if the file describes something that the library does not know.
 */
export function createTokenizer(tokenizerJson: unknown, config: unknown = {}): Tokenizer {
  const file = tokenizerJson as TokenizerFile;
  const model = createPieceModel(file);
  const added = file.added_tokens ?? [];
  const specialTokenIds = new Set(added.filter(token => token.special).map(token => token.id));
  const idOf = (piece: string | undefined) => (piece === undefined ? undefined : model.ids.get(piece));

  const splitters = new Map<string, Splitters>();
  function splittersFor(special: boolean, others: boolean): Splitters {
    const key = `${special} ${others}`;
    let found = splitters.get(key);
    if (!found) {
      const searched = added.filter(token => (token.special ? special : others));
      found = {
        raw: createSplitter(searched.filter(token => !token.normalized)),
        normalized: createSplitter(
          searched.filter(token => token.normalized),
          token => model.normalize(token.content),
        ),
      };
      splitters.set(key, found);
    }
    return found;
  }

  function idsOf(text: string, { raw, normalized }: Splitters): number[] {
    return raw(text).flatMap((section, index) => {
      if (typeof section !== 'string') return [section.id];
      return normalized(model.normalize(section)).flatMap(part =>
        typeof part === 'string' ? model.encode(part, index) : [part.id],
      );
    });
  }

  return {
    vocabSize: model.pieces.length,
    bosTokenId: idOf(namedPiece(config, 'bos_token')),
    eosTokenId: idOf(namedPiece(config, 'eos_token')),
    chatTemplate: chatTemplateOf(config),
    specialTokenIds,

    encode(text, { addedTokens = true, specialTokens = false, surround = false } = {}) {
      refuseLoneSurrogates(text);
      const found = idsOf(text, splittersFor(specialTokens, addedTokens));
      return surround ? model.surround(found) : found;
    },

    decode(tokens, { skipSpecialTokens = false } = {}) {
      const shown = skipSpecialTokens ? tokens.filter(id => !specialTokenIds.has(id)) : tokens;
      return model.decode(
        shown.flatMap(id => {
          const piece = model.pieces[id];
          return piece === undefined ? [] : [piece];
        }),
      );
    },

    tokenId: idOf,
    piece: token => model.pieces[token],
  };
}

function namedPiece(config: unknown, key: 'bos_token' | 'eos_token'): string | undefined {
  const value: unknown = (config as Record<string, unknown>)[key];
  if (typeof value === 'string') return value;
  if (typeof value !== 'object' || value === null || !('content' in value)) return undefined;
  return typeof value.content === 'string' ? value.content : undefined;
}

/** One template, or several by name, of which `default` is for conversations. */
function chatTemplateOf(config: unknown): string | undefined {
  const value: unknown = (config as Record<string, unknown>)['chat_template'];
  if (typeof value === 'string') return value;
  if (!Array.isArray(value)) return undefined;
  const templates = value as readonly { readonly name?: unknown; readonly template?: unknown }[];
  const template = templates.find(({ name }) => name === 'default')?.template;
  return typeof template === 'string' ? template : undefined;
}
