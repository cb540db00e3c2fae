/**
 * Conversation files: rows with `messages`, each with a role and a content. Checks what every reader relies on; what a chat
 * format can render, its renderer says. Knows nothing of chat formats.
 */
import {
  type Conversation,
  type Message,
  messageOf,
  nearest,
  originOf,
  type Row,
  withOrigin,
} from '@tinsmith/core';
import { excerpt, listSome, problem } from './problem.js';

/** Roles that chat formats know. */
const ROLES = ['system', 'developer', 'user', 'assistant', 'tool'];
const PARTS = ['text', 'thinking'];
/** Table formats write null where a message lacks one of these. */
const OPTIONAL = ['tool_calls', 'tool_call_id', 'name', 'trainable', 'unparsed_tool_calls'];

/**
 * The row, its messages checked; other fields stay as they are. Optional fields of a message that are null are left out.
 * @throws DATA_COLUMN_UNKNOWN, DATA_MESSAGES_INVALID, DATA_MESSAGE_INVALID, DATA_MESSAGE_TOO_LARGE, with the field.
 */
export function checkConversation(row: Row, maxMessageBytes: number): Conversation {
  const at = originOf(row) ?? 'a row';
  const { messages } = row;
  if (!('messages' in row)) {
    throw problem({
      code: 'DATA_COLUMN_UNKNOWN',
      message: 'a row of a conversation file needs the field messages',
      at,
      found: listSome(Object.keys(row)) || 'an empty object',
      fix: '{"messages": [{"role": "user", "content": "..."}, {"role": "assistant", "content": "..."}]}',
    });
  }
  if (!Array.isArray(messages) || messages.length === 0) {
    throw problem({
      code: 'DATA_MESSAGES_INVALID',
      message: 'messages must be a list with at least one message',
      at: `${at} messages`,
      found: excerpt(JSON.stringify(messages) ?? 'nothing'),
    });
  }
  const checked = messages.map((message: unknown, index) => {
    const given = withoutNulls(message);
    checkMessage(given, `${at} messages[${index}]`, maxMessageBytes);
    return given;
  });
  if (checked.every((message, index) => message === messages[index])) return row as Conversation;
  const changed = { ...row, messages: checked };
  return originOf(row) === undefined ? changed : withOrigin(changed, at);
}

function withoutNulls(message: unknown): unknown {
  if (!isObject(message) || !OPTIONAL.some(field => message[field] === null)) return message;
  const isAbsent = ([field, value]: [string, unknown]) => value === null && OPTIONAL.includes(field);
  return Object.fromEntries(Object.entries(message).filter(entry => !isAbsent(entry)));
}

function checkMessage(message: unknown, at: string, maxBytes: number): asserts message is Message {
  if (!isObject(message)) {
    throw problem({
      code: 'DATA_MESSAGE_INVALID',
      message: 'a message must be an object with role and content',
      at,
      found: excerpt(JSON.stringify(message) ?? 'nothing'),
    });
  }
  const { role, content, tool_calls: calls } = message;
  if (typeof role !== 'string' || !ROLES.includes(role)) {
    const near = typeof role === 'string' ? nearest(role, ROLES) : undefined;
    throw problem({
      code: 'DATA_MESSAGE_INVALID',
      message:
        role === undefined ? 'a message has no role' : 'a message has a role that no chat format knows',
      at: `${at}.role`,
      found: role === undefined ? `the fields ${fieldsOf(message)}` : excerpt(JSON.stringify(role)),
      fix: near === undefined ? `roles: ${ROLES.join(', ')}` : `role: ${near}`,
    });
  }
  checkContent(content, { at: `${at}.content`, maxBytes, message });
  if (calls !== undefined) checkToolCalls(calls, `${at}.tool_calls`);
}

interface ContentPlace {
  readonly at: string;
  readonly maxBytes: number;
  readonly message: object;
}

function checkContent(content: unknown, { at, maxBytes, message }: ContentPlace): void {
  const texts =
    typeof content === 'string' ? [content] : Array.isArray(content) ? partTexts(content, at) : undefined;
  if (!texts) {
    throw problem({
      code: 'DATA_MESSAGE_INVALID',
      message:
        content === undefined
          ? 'a message has no content'
          : 'the content of a message must be a text or a list of parts',
      at,
      found: content === undefined ? `the fields ${fieldsOf(message)}` : excerpt(JSON.stringify(content)),
      ...(content === null && { fix: 'content: ""' }),
    });
  }
  const bytes = texts.reduce((sum, text) => sum + Buffer.byteLength(text), 0);
  if (bytes <= maxBytes) return;
  throw problem({
    code: 'DATA_MESSAGE_TOO_LARGE',
    message: `a message is larger than ${maxBytes} bytes`,
    at,
    found: `${bytes} bytes, beginning ${excerpt(texts[0]!)}`,
    fix: 'split or remove it; raise maxMessageBytes if such messages are meant',
  });
}

function partTexts(parts: readonly unknown[], at: string): string[] {
  return parts.map((part, index) => {
    const place = `${at}[${index}]`;
    const type = isObject(part) ? part['type'] : undefined;
    if (typeof type !== 'string' || !PARTS.includes(type))
      invalid(`${place}.type`, `a part of a message must be one of ${PARTS.join(', ')}`, type ?? part);
    const text = (part as Record<string, unknown>)[type];
    if (typeof text === 'string') return text;
    return invalid(`${place}.${type}`, `a part of type ${type} needs its ${type}`, text);
  });
}

function checkToolCalls(calls: unknown, at: string): void {
  if (!Array.isArray(calls)) invalid(at, 'tool calls must be a list', calls);
  calls.forEach((call: unknown, index) => {
    const place = `${at}[${index}].function`;
    const called = isObject(call) ? call['function'] : undefined;
    if (!isObject(called)) invalid(place, 'a tool call needs a function with name and arguments', call);
    const { name, arguments: given } = called;
    if (typeof name !== 'string')
      invalid(`${place}.name`, 'a tool call needs the name of its function', name);
    if (typeof given !== 'string')
      invalid(`${place}.arguments`, 'the arguments of a tool call must be JSON as a text', given);
    try {
      JSON.parse(given);
    } catch (error) {
      invalid(`${place}.arguments`, `the arguments of a tool call are not JSON: ${messageOf(error)}`, given);
    }
  });
}

function invalid(at: string, message: string, found: unknown): never {
  const shown = JSON.stringify(found);
  throw problem({
    code: 'DATA_MESSAGE_INVALID',
    message,
    at,
    found: shown === undefined ? 'nothing' : excerpt(shown),
  });
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function fieldsOf(message: object): string {
  return Object.keys(message).join(', ') || '(none)';
}
