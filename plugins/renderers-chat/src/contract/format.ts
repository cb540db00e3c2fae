/** What a chat format says about itself. Everything that formats have in common is in `renderer.ts`. */
import type { Message, ParsedResponse, RendererOptions, Tokenizer, ToolDeclaration } from '@tinsmith/core';
import type { Markup } from './markup.js';
import type { GivenBeginning } from './prefill.js';

/** A message in two parts: what the model sees of it, and what the model says when it is its turn. */
export interface RenderedMessage {
  /** Introduces the turn. Never trained, but with `all_tokens`. */
  readonly header: Markup;
  /** What is said, with the token that ends the turn. Each part is encoded on its own. */
  readonly output: readonly Markup[];
  /** The rest of a stop sequence that is also the beginning of the next header; written after the last message only. */
  readonly stopOverlap?: Markup;
}

/** Where in the conversation a message stands. */
export interface MessageContext {
  readonly index: number;
  readonly isLast: boolean;
  readonly previous: Message | undefined;
  readonly next: Message | undefined;
  /** Index of the last message of the user, -1 if there is none. */
  readonly lastUserIndex: number;
  /** Whether the message belongs to the turn that the model is asked to produce. */
  readonly inLastTurn: boolean;
  /** The message as callers know it, e.g. `messages[2]`. */
  readonly at: string;
  readonly warn: (warning: string) => void;
}

/** Tokens to text, for parsing. */
export interface Decoder {
  decode(tokens: readonly number[]): string;
  encode(markup: Markup): number[];
  /** The id of a control token of the format or of a tag. */
  id(piece: string): number;
  /** The model's own end token. */
  readonly eosTokenId: number | undefined;
}

export interface ChatFormat {
  /** Pieces that the tokenizer must have. */
  readonly controlTokens: readonly string[];
  readonly ownSentences?: readonly string[];
  /** What `controlTokensInContent` lets through. Default: all; the reference keeps special ones out of some formats. */
  readonly controlTokensInContent?: 'all' | 'added';
  /** Control tokens that end a turn, or texts that do. */
  readonly stop: readonly string[] | { readonly texts: readonly string[] };
  readonly hasExtensionProperty: boolean;
  readonly disablesThinking?: boolean;
  /** What every rendering begins with. */
  readonly begin?: Markup;
  /** The conversation with the messages that the format puts in by itself. */
  prepare?(messages: readonly Message[], warn: (warning: string) => void): readonly Message[];
  /** Index of the first message of the turn that comes next. Default: after the last message of the user. */
  turnStart?(messages: readonly Message[]): number;
  renderMessage(message: Message, context: MessageContext): RenderedMessage;
  /** What a prompt ends with. Default: the header of an empty message. */
  generationSuffix?(role: string, context: MessageContext): Markup;
  /** The beginning of the answer that is always given. Encoded together with the caller's prefill. */
  givenPrefill?(messages: readonly Message[]): string;
  /** How conversations are cut into examples if the default way does not do. */
  splitExamples?: 'at_user_messages';

  parse(tokens: readonly number[], decoder: Decoder): ParsedResponse;
  /** Present if the format can be parsed as it comes. */
  readonly streaming?: {
    readonly endToken: string;
    /** The beginning of a turn that the prompt gives and a response lacks. */
    readonly prefill?: GivenBeginning;
    /** As `parse`, but also what was cut off is taken apart. */
    parse(tokens: readonly number[], decoder: Decoder): Message;
  };
  declareTools?(tools: readonly ToolDeclaration[], systemPrompt: string): Message[];
  toOpenAiMessage(message: Message): Record<string, unknown>;
}

/** Makes the format with what it knows of the options. */
export type FormatFactory = (options: RendererOptions, tokenizer: Tokenizer) => ChatFormat;
