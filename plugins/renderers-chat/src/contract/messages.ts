/** Checks of messages that come from files and other untyped places, before anything is encoded. */
import { type ContentPart, type Message, TinsmithError, type ToolCall } from '@tinsmith/core';
import { isObject } from '../python/json.js';
import { JsonError, loads } from '../python/json-parser.js';

/**
 * Refuses what a format would lose or misread in silence, with RENDERER_MESSAGE_INVALID and the place of the field: a missing
 * role or content, parts of an unknown type, tool calls without name or with arguments that are no JSON object, half characters.
 */
export function checkMessages(messages: readonly Message[]): void {
  messages.forEach((message, index) => {
    const at = `messages[${index}]`;
    if (typeof message !== 'object' || message === null)
      refuse(at, 'a message must be an object with role and content', message);
    checkText(message.role, `${at}.role`, 'a message needs the name of its speaker');
    if (message.role === '') refuse(`${at}.role`, 'a message needs the name of its speaker', '');
    checkContent(message.content, `${at}.content`);
    if (message.name !== undefined)
      checkText(message.name, `${at}.name`, 'the name of a tool must be a text');
    if (message.tool_call_id !== undefined)
      checkText(message.tool_call_id, `${at}.tool_call_id`, 'the id of a tool call must be a text');
    if (message.tool_calls !== undefined) checkToolCalls(message.tool_calls, `${at}.tool_calls`);
    if (message.trainable !== undefined && typeof message.trainable !== 'boolean')
      refuse(`${at}.trainable`, 'trainable must be true or false', message.trainable);
  });
}

function checkContent(content: unknown, at: string): asserts content is Message['content'] {
  if (typeof content === 'string') return checkText(content, at, '');
  if (!Array.isArray(content))
    refuse(at, 'the content of a message must be a text or a list of parts', content);
  content.forEach((part: Partial<Record<string, unknown>> | null, index) => {
    const place = `${at}[${index}]`;
    const type = part?.['type'];
    if (type !== 'text' && type !== 'thinking')
      refuse(`${place}.type`, 'only parts of type text and thinking can be rendered', type ?? part);
    checkText(part![type], `${place}.${type}`, `a part of type ${type} needs its ${type}`);
  });
}

function checkToolCalls(calls: unknown, at: string): asserts calls is readonly ToolCall[] {
  if (!Array.isArray(calls)) refuse(at, 'tool calls must be a list', calls);
  calls.forEach(
    (call: { function?: { name?: unknown; arguments?: unknown }; id?: unknown } | null, index) => {
      const place = `${at}[${index}]`;
      if (typeof call?.function !== 'object' || call.function === null)
        refuse(`${place}.function`, 'a tool call needs a function with name and arguments', call);
      if (call.id !== undefined && call.id !== null)
        checkText(call.id, `${place}.id`, 'the id of a tool call must be a text');
      checkText(call.function.name, `${place}.function.name`, 'a tool call needs the name of its function');
      const text = call.function.arguments;
      checkText(text, `${place}.function.arguments`, 'the arguments of a tool call must be JSON as text');
      readArguments(text, `${place}.function.arguments`);
    },
  );
}

function readArguments(text: string, at: string): void {
  let value: unknown;
  try {
    value = loads(text);
  } catch (error) {
    if (!(error instanceof JsonError)) throw error;
    refuse(at, `the arguments of a tool call are not JSON (${error.message})`, text);
  }
  if (!isObject(value)) refuse(at, 'the arguments of a tool call must be a JSON object', text);
}

function checkText(value: unknown, at: string, otherwise: string): asserts value is string {
  if (typeof value !== 'string') refuse(at, otherwise, value);
  if (!value.isWellFormed())
    refuse(at, 'a text holds half a character (a lone surrogate), which has no token', value);
}

/** `trainable` belongs to the mode `customized`: there on every message, elsewhere on none. */
export function checkTrainable(messages: readonly Message[], isCustomized: boolean): void {
  messages.forEach(({ trainable }, index) => {
    if ((trainable !== undefined) === isCustomized) return;
    const message = isCustomized
      ? 'with customized, every message needs trainable: true or false'
      : 'trainable has a meaning only with trainOnWhat: customized';
    refuse(`messages[${index}].trainable`, message, trainable);
  });
}

/** @throws RENDERER_MESSAGE_INVALID */
export function refuse(at: string, message: string, found: unknown): never {
  const shown = JSON.stringify(found) ?? 'nothing';
  throw new TinsmithError({
    code: 'RENDERER_MESSAGE_INVALID',
    message,
    at,
    found: shown.length > 200 ? `${shown.slice(0, 200)}...` : shown,
  });
}

export const partsOf = ({ content }: Message): readonly ContentPart[] =>
  typeof content === 'string' ? [{ type: 'text', text: content }] : content;

/** The thoughts of a message, without what is written inline. */
export const thinkingOf = (message: Message): string =>
  partsOf(message)
    .map(part => (part.type === 'thinking' ? part.thinking : ''))
    .join('');

/** Whether a message thinks, as a part or with a tag in its text, closed or not. */
export const hasThinking = ({ content }: Message): boolean =>
  typeof content === 'string' ? content.includes('<think>') : hasThinkingPart({ content });

export const hasThinkingPart = ({ content }: Pick<Message, 'content'>): boolean =>
  typeof content !== 'string' && content.some(part => part.type === 'thinking');

/** The text of a message that is one text. Formats without parts refuse others rather than lose some. */
export function onlyText({ content }: Message, at: string): string {
  if (typeof content === 'string') return content;
  const [part, ...others] = content;
  if (part?.type === 'text' && others.length === 0) return part.text;
  return refuse(`${at}.content`, 'this format renders one text here, no list of parts', content);
}

export const isAssistant = ({ role }: Message): boolean => role === 'assistant';
export const isTool = (message: Message | undefined): boolean => message?.role === 'tool';
