/**
 * A turn as Qwen3-VL and its descendants (Qwen3.5, Qwen3.8, Nemotron 3) write it: text parts joined and encoded with the end
 * token. What they differ in is a `TurnStyle`.
 */
import type { Message, ToolCall } from '@tinsmith/core';
import type { MessageContext, RenderedMessage } from '../contract/format.js';
import {
  content as written,
  fixedText,
  join,
  type Markup,
  markup,
  nothing,
  textOfMarkup,
} from '../contract/markup.js';
import { isAssistant, isTool, partsOf } from '../contract/messages.js';
import { imHeader } from './qwen3.js';

export interface TurnStyle {
  thinking(thought: string): Markup;
  /** Written in front of what an assistant says, e.g. an empty block of thoughts. */
  beforeText(message: Message, context: MessageContext): Markup;
  /** Whether the thoughts of the message are left out. */
  hidesThinking(message: Message, context: MessageContext): boolean;
  toolResponse(result: Markup): Markup;
  /** Results of tools that follow each other share one block of the user, with this between them; undefined: they do not. */
  readonly betweenToolResponses: Markup | undefined;
  toolCalls(calls: readonly ToolCall[], message: Message): Markup;
  /** Of the last turn, what the prompt has written already: what comes after it is for the model to say. */
  promptEnd?(context: MessageContext): Markup | undefined;
}

export function renderTurn(message: Message, context: MessageContext, style: TurnStyle): RenderedMessage {
  const sharesBlock = style.betweenToolResponses !== undefined && isTool(message);
  const before = isAssistant(message) ? style.beforeText(message, context) : nothing;
  const header =
    sharesBlock && isTool(context.previous)
      ? style.betweenToolResponses
      : imHeader(isTool(message) ? 'user' : message.role, context);

  const hides = style.hidesThinking(message, context);
  const said = join(
    partsOf(message).map(part => {
      if (part.type === 'text') return written(part.text);
      return hides ? nothing : style.thinking(part.thinking);
    }),
  );
  const output = markup`${isTool(message) ? style.toolResponse(said) : said}${
    message.tool_calls ? style.toolCalls(message.tool_calls, message) : nothing
  }${sharesBlock && isTool(context.next) ? nothing : markup`<|im_end|>`}`;

  const [seen, rest] = splitAtPromptEnd(
    markup`${header}${before}`,
    isAssistant(message) && context.isLast ? style.promptEnd?.(context) : undefined,
  );
  return { header: seen, output: rest === nothing ? [output] : [rest, output] };
}

function splitAtPromptEnd(header: Markup, promptEnd: Markup | undefined): [seen: Markup, rest: Markup] {
  const [text, end] = [textOfMarkup(header), promptEnd && textOfMarkup(promptEnd)];
  if (end === undefined || end === text || !text.startsWith(end)) return [header, nothing];
  return [promptEnd!, fixedText(text.slice(end.length))];
}
