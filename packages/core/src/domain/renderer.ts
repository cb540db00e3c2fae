/**
 * Renderers: messages to tokens and back, one per chat format (cookbook-algorithms, sections 16-17).
 * What a model sampled is never encoded again.
 */
import { named } from '../token.js';
import type { ModelInput } from './data.js';
import type { Tokenizer } from './tokenizer.js';

export interface Message {
  readonly role: string;
  readonly content: string;
}

/** How a sampled turn ended: by the renderer's own stop sequence, by the model's end token, or not as it should. */
export type Termination = 'stop_sequence' | 'eos' | 'malformed';

export interface ParsedResponse {
  readonly message: Message;
  readonly termination: Termination;
}

export type TrainOnWhat = 'last_assistant_message' | 'all_assistant_messages';

export interface SupervisedExample {
  readonly tokens: readonly number[];
  /** One per token, 0 or 1: whether the token is a target. Not shifted. */
  readonly weights: readonly number[];
}

export interface Renderer {
  readonly name: string;
  /** Ends a turn: what to pass as `stop` when sampling. */
  readonly stopSequences: readonly number[] | readonly string[];
  /** The prompt up to where the model speaks; `prefill` is the start of its answer. */
  buildGenerationPrompt(
    messages: readonly Message[],
    options?: { role?: string; prefill?: string },
  ): ModelInput;
  buildSupervisedExample(messages: readonly Message[], trainOnWhat: TrainOnWhat): SupervisedExample;
  parseResponse(tokens: readonly number[]): ParsedResponse;
}

export interface RendererSource {
  /** Throws if the tokenizer lacks a piece that the format needs. */
  create(tokenizer: Tokenizer): Renderer;
}

export const Renderers = named<RendererSource>('renderer');
