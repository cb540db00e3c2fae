/** Messages in the form of OpenAI's chat API, which the models' own templates take too. */
import { type Message, textOf } from '@tinsmith/core';
import { partsOf, refuse, thinkingOf } from './messages.js';

export interface OpenAiForm {
  /** Where thoughts go: into a field of their own, or into the text with tags. */
  readonly thinking: 'reasoning_content' | 'inline';
  /** Arguments of tool calls: as the text that they are, or taken apart for templates that loop over them. */
  readonly argumentsAs?: 'text' | 'object';
}

export function toOpenAiMessage(
  message: Message,
  { thinking, argumentsAs = 'text' }: OpenAiForm,
): Record<string, unknown> {
  const { role, tool_calls: calls, tool_call_id, name } = message;
  const reasoning = thinkingOf(message);
  const hasThought =
    typeof message.content !== 'string' && message.content.some(part => part.type === 'thinking');
  return {
    role,
    content: thinking === 'inline' ? withTags(message) : textOf(message),
    ...(thinking === 'reasoning_content' && hasThought && { reasoning_content: reasoning }),
    ...(calls &&
      calls.length > 0 && {
        tool_calls: calls.map(({ id = null, function: called }) => ({
          type: 'function',
          id,
          function: {
            name: called.name,
            arguments: argumentsAs === 'text' ? called.arguments : parseArguments(called.arguments),
          },
        })),
      }),
    ...(role === 'tool' && tool_call_id !== undefined && { tool_call_id }),
    ...(role === 'tool' && name !== undefined && { name }),
  };
}

const withTags = (message: Message): string =>
  partsOf(message)
    .map(part => (part.type === 'text' ? part.text : `<think>${part.thinking}</think>`))
    .join('');

function parseArguments(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return refuse('tool_calls', 'the arguments of a tool call are not JSON', text);
  }
}
