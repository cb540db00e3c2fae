/** A policy as a function: of tokens, or of messages. For judges, opponents and answerers as well as for what is trained. */
import {
  inputLength,
  type Message,
  type ModelInput,
  type ParsedResponse,
  type Renderer,
  type SampledSequence,
  type SamplingClient,
  type StopCondition,
} from '@tinsmith/core';
import { roomForAnswer } from './schedules.js';

export interface CompleterOptions {
  /** The longest answer. */
  readonly maxTokens: number;
  /** Default 1. */
  readonly temperature?: number | undefined;
  /** Of the model: prompt and answer together. Default: the engine knows. */
  readonly contextWindow?: number | undefined;
}

export interface CallOptions {
  /** Fewer than the completer's own. */
  readonly maxTokens?: number | undefined;
  readonly seed?: number | undefined;
  readonly signal?: AbortSignal | undefined;
}

export type TokenCompleter = (
  prompt: ModelInput,
  stop: StopCondition,
  call?: CallOptions,
) => Promise<SampledSequence>;

/** Calls throw CONTEXT_FULL for a prompt that leaves no room. */
export function tokenCompleter(
  policy: SamplingClient,
  { maxTokens, temperature = 1, contextWindow }: CompleterOptions,
): TokenCompleter {
  return async (prompt, stop, { maxTokens: callMaxTokens, seed, signal } = {}) => {
    const promptLength = inputLength(prompt);
    const room = roomForAnswer({ maxTokens, callMaxTokens, contextWindow, promptLength });
    const { sequences } = await policy.sample({
      prompt,
      numSamples: 1,
      samplingParams: { maxTokens: room, temperature, stop, ...(seed !== undefined && { seed }) },
      ...(signal && { signal }),
    });
    return sequences[0]!;
  };
}

export type MessageCompleter = (messages: readonly Message[], call?: CallOptions) => Promise<Message>;

export interface MessageCompleterOptions extends CompleterOptions {
  readonly renderer: Renderer;
  /** What ends an answer. Default: the renderer's stop sequences. */
  readonly stop?: StopCondition | undefined;
}

/** The assistant's next message: content and tool calls, however its turn ended. */
export function messageCompleter(
  policy: SamplingClient,
  { renderer, stop, ...options }: MessageCompleterOptions,
): MessageCompleter {
  const complete = tokenCompleter(policy, options);
  const parse = (tokens: readonly number[]) =>
    stop === undefined ? renderer.parseResponse(tokens) : parseFirstTurn(renderer, tokens);
  return async (messages, call) => {
    const { tokens } = await complete(
      renderer.buildGenerationPrompt(messages),
      stop ?? renderer.stopSequences,
      call,
    );
    const { content, tool_calls } = parse(tokens).message;
    return { role: 'assistant', content, ...(tool_calls && { tool_calls }) };
  };
}

/**
 * Of what was sampled with another stop condition than the renderer's, so that it may go on behind the end of a turn: the message
 * up to there.
 */
export function parseFirstTurn(renderer: Renderer, tokens: readonly number[]): ParsedResponse {
  for (let end = 1; end < tokens.length; end++) {
    const parsed = renderer.parseResponse(tokens.slice(0, end));
    if (parsed.termination !== 'malformed') return parsed;
  }
  return renderer.parseResponse(tokens);
}
