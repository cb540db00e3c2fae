/** Checks of messages that come from files and other untyped places, before anything is encoded. */
import { type Message, TinsmithError } from '@tinsmith/core';

/**
 * Every message must be plain: a role and a text. Whatever else it holds (tool calls, images, thinking) would
 * be lost in silence, so it is refused with RENDERER_MESSAGE_INVALID. So is the role `tool`, whose text would
 * need a frame.
 */
export function checkMessages(messages: readonly Message[]): void {
  messages.forEach((message, index) => {
    const { role, content, ...others } = message;
    if (typeof role !== 'string' || role === '')
      refuse(index, 'role', 'a message needs the name of its speaker', role);
    if (role === 'tool') refuse(index, 'role', 'results of tools cannot be rendered yet', role);
    if (typeof content !== 'string')
      refuse(index, 'content', 'the content of a message must be a text', content);
    for (const [key, value] of Object.entries(others)) {
      refuse(index, key, `a message has a role and a content; ${key} cannot be rendered`, value);
    }
  });
}

function refuse(index: number, field: string, message: string, found: unknown): never {
  throw new TinsmithError({
    code: 'RENDERER_MESSAGE_INVALID',
    message,
    at: `messages[${index}].${field}`,
    found: JSON.stringify(found) ?? 'nothing',
  });
}
