/**
 * From sampled text to a message: what most formats share. Thoughts are `<think>...</think>`; tool calls differ from format to
 * format. Space is kept as it was sampled.
 */
import {
  type ContentPart,
  type Message,
  type ParsedResponse,
  TinsmithError,
  type ToolCall,
  type UnparsedToolCall,
} from '@tinsmith/core';
import { JsonError, loads } from '../python/json-parser.js';
import type { Json } from '../python/json.js';
import type { Decoder } from './format.js';

/** Raw texts in messages about failures are cut here. */
export const LONGEST_RAW_TEXT = 16_384;
const UNTERMINATED = 'unterminated tool block';
export const isUnterminated = ({ error }: UnparsedToolCall): boolean => error.startsWith(UNTERMINATED);

export interface SplitResponse {
  readonly text: string;
  readonly isEnded: boolean;
}

/**
 * The text before the token that ends the turn.
 * @throws RENDERER_RESPONSE_INVALID if the token is there twice: it was sampled without the stop sequence.
 */
export function splitAtStop(
  tokens: readonly number[],
  stop: number,
  decoder: Pick<Decoder, 'decode'>,
): SplitResponse {
  const end = tokens.indexOf(stop);
  if (end === -1) return { text: decoder.decode(tokens), isEnded: false };
  if (tokens.includes(stop, end + 1)) refuseSecondStop(decoder.decode(tokens));
  return { text: decoder.decode(tokens.slice(0, end)), isEnded: true };
}

export function refuseSecondStop(response: string): never {
  throw new TinsmithError({
    code: 'RENDERER_RESPONSE_INVALID',
    message: 'the response goes on after the token that ends a turn, and ends again',
    found: response.slice(0, 500),
    fix: 'pass `stopSequences` of the renderer as `stop` when you sample',
  });
}

export const cutOff = (text: string): ParsedResponse => ({
  message: { role: 'assistant', content: text },
  termination: 'malformed',
});

export interface ToolCalls {
  readonly calls: readonly ToolCall[];
  readonly unparsed: readonly UnparsedToolCall[];
}

export function assistantMessage(
  content: string | readonly ContentPart[],
  { calls, unparsed }: ToolCalls,
): Message {
  return {
    role: 'assistant',
    content,
    ...(calls.length > 0 && { tool_calls: calls }),
    ...(unparsed.length > 0 && { unparsed_tool_calls: unparsed }),
  };
}

/** Text and thoughts in turn; the text itself if it thinks nothing. Empty blocks are left out. */
export function parseThinkBlocks(text: string): string | ContentPart[] {
  if (!text.includes('<think>')) return text;
  return splitThinkBlocks(text);
}

export function splitThinkBlocks(text: string): ContentPart[] {
  const parts: ContentPart[] = [];
  const cut = text.split(/<think>([^]*?)<\/think>/);
  cut.forEach((part, index) => {
    if (part === '') return;
    parts.push(index % 2 === 0 ? { type: 'text', text: part } : { type: 'thinking', thinking: part });
  });
  return parts;
}

/** A block that was opened and never closed, which would otherwise pass for text. */
export function unterminatedBlock(
  text: string,
  markers: readonly (readonly [open: string, close: string])[],
): UnparsedToolCall[] {
  for (const [open, close] of markers) {
    if (count(text, open) <= count(text, close)) continue;
    return [
      {
        raw_text: text.slice(text.lastIndexOf(open)).slice(0, LONGEST_RAW_TEXT),
        error: `${UNTERMINATED}: '${open}' opened without a matching '${close}'`,
      },
    ];
  }
  return [];
}

export const unterminated = (rawText: string, why: string): UnparsedToolCall => ({
  raw_text: rawText,
  error: `${UNTERMINATED}: ${why}`,
});

export const count = (text: string, piece: string): number => text.split(piece).length - 1;

/** JSON of a tool call, or what to tell the model about it. */
export function readJson(text: string): { readonly value: Json } | { readonly error: string } {
  try {
    return { value: loads(text) };
  } catch (error) {
    if (error instanceof JsonError) return { error: `Invalid JSON: ${error.message}` };
    throw error;
  }
}
