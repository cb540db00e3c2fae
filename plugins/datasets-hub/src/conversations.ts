/** Conversation files: rows with `messages`, each with a role and a content. Knows nothing of chat formats. */
import { type Conversation, type Message, nearest, originOf, type Row } from '@tinsmith/core';
import { excerpt, listSome, problem } from './problem.js';

/** Roles that chat formats know. */
const ROLES = ['system', 'developer', 'user', 'assistant', 'tool'];

/**
 * The row itself, its messages checked; other fields stay as they are.
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
  messages.forEach((message: unknown, index) =>
    checkMessage(message, `${at} messages[${index}]`, maxMessageBytes),
  );
  return row as Conversation;
}

function checkMessage(message: unknown, at: string, maxBytes: number): asserts message is Message {
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    throw problem({
      code: 'DATA_MESSAGE_INVALID',
      message: 'a message must be an object with role and content',
      at,
      found: excerpt(JSON.stringify(message) ?? 'nothing'),
    });
  }
  const { role, content } = message as { role?: unknown; content?: unknown };
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
  if (typeof content !== 'string') {
    throw problem({
      code: 'DATA_MESSAGE_INVALID',
      message: content === undefined ? 'a message has no content' : 'the content of a message must be a text',
      at: `${at}.content`,
      found: content === undefined ? `the fields ${fieldsOf(message)}` : excerpt(JSON.stringify(content)),
    });
  }
  const bytes = Buffer.byteLength(content);
  if (bytes <= maxBytes) return;
  throw problem({
    code: 'DATA_MESSAGE_TOO_LARGE',
    message: `a message is larger than ${maxBytes} bytes`,
    at: `${at}.content`,
    found: `${bytes} bytes, beginning ${excerpt(content)}`,
    fix: 'split or remove it; raise maxMessageBytes if such messages are meant',
  });
}

function fieldsOf(message: object): string {
  return Object.keys(message).join(', ') || '(none)';
}
