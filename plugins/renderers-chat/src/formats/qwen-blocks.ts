/**
 * Blocks in what Qwen models say: `<think>...</think>` and `<tool_call>{"name", "arguments"}</tool_call>`, in any order. Shared
 * by all formats that descend from Qwen3.
 */
import type { ContentPart, Message, ToolCall, UnparsedToolCall } from '@tinsmith/core';
import { assistantMessage, readJson, unterminatedBlock } from '../contract/parse.js';
import { stripLeadingNewlines, strip, stripNewlines } from '../python/text.js';
import { dumps, field, isObject } from '../python/json.js';

/** @param framesThinking newlines around thoughts were written by the template: they are no content. */
export function parseQwenText(text: string, framesThinking: boolean): Message {
  const unclosed = unterminatedBlock(text, [['<tool_call>', '</tool_call>']]);
  if (!text.includes('<think>') && !text.includes('<tool_call>'))
    return assistantMessage(text, { calls: [], unparsed: unclosed });

  const parts: ContentPart[] = [];
  const calls: ToolCall[] = [];
  const unparsed: UnparsedToolCall[] = [];
  let position = 0;
  for (const match of text.matchAll(/<think>([^]*?)<\/think>|<tool_call>([^]*?)<\/tool_call>/g)) {
    if (match.index > position) parts.push({ type: 'text', text: text.slice(position, match.index) });
    const [block, thinking, json] = match;
    if (json !== undefined) {
      const call = parseJsonCall(json, block);
      if ('function' in call) calls.push(call);
      else unparsed.push(call);
    } else if (thinking) {
      parts.push({ type: 'thinking', thinking });
    }
    position = match.index + block.length;
  }
  if (position < text.length) parts.push({ type: 'text', text: text.slice(position) });
  const content = framesThinking ? withoutFrames(parts) : parts;
  return assistantMessage(content, { calls, unparsed: [...unparsed, ...unclosed] });
}

/** An empty block is a turn that did not think. */
function withoutFrames(parts: readonly ContentPart[]): ContentPart[] {
  return parts.flatMap((part, index): ContentPart[] => {
    if (part.type === 'thinking') {
      const thinking = stripNewlines(part.thinking);
      return thinking === '' ? [] : [{ type: 'thinking', thinking }];
    }
    const followsBlock = parts[index - 1]?.type === 'thinking';
    return [{ type: 'text', text: followsBlock ? stripLeadingNewlines(part.text) : part.text }];
  });
}

function parseJsonCall(json: string, block: string): ToolCall | UnparsedToolCall {
  const read = readJson(strip(json));
  if ('error' in read) return { raw_text: block, error: read.error };
  const refusal = (error: string): UnparsedToolCall => ({ raw_text: block, error });
  if (!isObject(read.value)) return refusal('Tool call is not a JSON object');
  const [name, args, id] = ['name', 'arguments', 'id'].map(key => field(read.value, key));
  if (typeof name !== 'string') return refusal("Missing or invalid 'name' field");
  if (!isObject(args)) return refusal("Missing or invalid 'arguments' field");
  return { ...(typeof id === 'string' && { id }), function: { name, arguments: dumps(args) } };
}
