/**
 * Renderers: messages to tokens and back, one per chat format (cookbook-algorithms, sections 16-17).
 * What a model sampled is never encoded again.
 */
import { named } from '../token.js';
import type { ModelInput } from './data.js';
import type { Message, ToolDeclaration } from './message.js';
import type { Tokenizer } from './tokenizer.js';

/** How a sampled turn ended: by the renderer's own stop sequence, by the model's end token, or not as it should. */
export type Termination = 'stop_sequence' | 'eos' | 'malformed';

export interface ParsedResponse {
  readonly message: Message;
  readonly termination: Termination;
}

/**
 * What an example weighs:
 * - `last_assistant_message`: the last message, if it is the assistant's;
 * - `last_assistant_turn`: the assistant's messages after the last one of the user;
 * - `all_assistant_messages`, `all_messages`, `all_user_and_system_messages`: what they say, not their headers;
 * - `all_tokens`: headers too;
 * - `customized`: messages with `trainable: true`; every message must have the flag.
 */
export type TrainOnWhat =
  | 'last_assistant_message'
  | 'last_assistant_turn'
  | 'all_assistant_messages'
  | 'all_messages'
  | 'all_tokens'
  | 'all_user_and_system_messages'
  | 'customized';

export interface SupervisedExample {
  readonly tokens: readonly number[];
  /** One per token, 0 or 1: whether the token is a target. Not shifted. */
  readonly weights: readonly number[];
}

/**
 * What a message being sampled adds, as it comes. `index` counts the blocks of text and thinking. No delta ends in half a
 * character or in half a tag; the last one is the whole message.
 */
export type MessageDelta =
  | { readonly type: 'header'; readonly role: string }
  | { readonly type: 'text'; readonly text: string; readonly index: number }
  | { readonly type: 'thinking'; readonly thinking: string; readonly index: number }
  | { readonly type: 'message'; readonly message: Message };

export interface ResponseStream {
  /** Takes the next sampled token. */
  push(token: number): readonly MessageDelta[];
  /** What is left, and the message. To be called once, after the last token. */
  end(): readonly MessageDelta[];
}

export interface Renderer {
  readonly name: string;
  /** Ends a turn: what to pass as `stop` when sampling. */
  readonly stopSequences: readonly number[] | readonly string[];
  /** The rendering of a prompt is a prefix of every later prompt: the turns of a rollout are one sequence. */
  readonly hasExtensionProperty: boolean;
  /** The prompt tells the model not to think. */
  readonly disablesThinking: boolean;
  /** The prompt up to where the model speaks; `prefill` is the start of its answer. */
  buildGenerationPrompt(
    messages: readonly Message[],
    options?: { role?: string; prefill?: string },
  ): ModelInput;
  /** One sequence. Throws if the messages do not fit the mode. */
  buildSupervisedExample(messages: readonly Message[], trainOnWhat: TrainOnWhat): SupervisedExample;
  /** As many sequences as it takes for every trained turn to follow the prompt that it would be sampled from. */
  buildSupervisedExamples(messages: readonly Message[], trainOnWhat: TrainOnWhat): SupervisedExample[];
  parseResponse(tokens: readonly number[]): ParsedResponse;
  /** Absent if the format cannot be parsed as it comes. */
  streamResponse?(): ResponseStream;
  /** Messages to put in front of a conversation. Throws if the format has no tools. */
  declareTools(tools: readonly ToolDeclaration[], systemPrompt?: string): Message[];
  /** The message as OpenAI's chat API and the model's own template take it. */
  toOpenAiMessage(message: Message): Readonly<Record<string, unknown>>;
}

/** All optional; each format uses what it knows. */
export interface RendererOptions {
  /** Whether earlier turns lose what was thought. Default: as the model's template does it. */
  readonly stripThinkingFromHistory?: boolean | undefined;
  /** DeepSeek: later system messages are rendered as the user's, not refused. */
  readonly systemRoleAsUser?: boolean | undefined;
  /** gpt-oss: the date in the system message, YYYY-MM-DD. Default: today. */
  readonly currentDate?: string | undefined;
  /** Control tokens that are written in messages become control tokens, as in the reference. Default: they stay text. */
  readonly controlTokensInContent?: boolean | undefined;
  /** Called with what is odd about a conversation but can be rendered. */
  readonly onWarning?: ((warning: string) => void) | undefined;
}

export interface RendererSource {
  /** Throws if the tokenizer lacks a piece that the format needs. */
  create(tokenizer: Tokenizer, options?: RendererOptions): Renderer;
}

/** Chat formats, by name: each makes the renderer that fits a tokenizer. */
export const Renderers = named<RendererSource>('renderer');

export interface ParseFailure {
  /** `structural`: the turn did not end as it must. `content`: it did, but a tool call in it cannot be read. */
  readonly kind: 'structural' | 'content';
  /** For the model or for people; at most 16384 characters. */
  readonly detail: string;
}

const LONGEST_DETAIL = 16_384;

/** What is wrong with a parsed response; undefined if nothing is. A structural failure hides one of the content. */
export function parseFailure({ message, termination }: ParsedResponse): ParseFailure | undefined {
  if (termination === 'malformed')
    return { kind: 'structural', detail: 'the response did not end with the stop sequence' };
  const unparsed = message.unparsed_tool_calls ?? [];
  if (unparsed.length === 0) return undefined;
  return {
    kind: 'content',
    detail: unparsed
      .map(call => call.error)
      .join('\n')
      .slice(0, LONGEST_DETAIL),
  };
}
