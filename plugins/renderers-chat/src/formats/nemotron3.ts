/**
 * `nemotron3*`, `nemotron3_ultra*`: Nemotron 3 and 3.5.
 *
 *     <|im_start|>system⏎<|im_end|>⏎<|im_start|>user⏎What is 4 + 5?<|im_end|>⏎
 *     <|im_start|>assistant⏎<think>⏎Four and five.⏎</think>⏎9<|im_end|>
 *
 * Of Qwen3.5's family, but: a system message is always there; `<think></think>` stands in front of every assistant whose
 * thoughts are not shown; history is what comes before the last message of the user; tools are declared in nested XML after the
 * system prompt, and calls and results end with a newline. Ultra and Lightning write `<think>⏎...</think>` without more
 * newlines. Efforts are written behind the last message of the user. The prompt ends `<think>⏎` while a turn without thoughts is
 * rendered `<think></think>`: as in the template, such a turn does not follow its prompt.
 */
import { type Message, textOf, type ToolDeclaration } from '@tinsmith/core';
import type { ChatFormat, FormatFactory, MessageContext } from '../contract/format.js';
import { join, markup, nothing } from '../contract/markup.js';
import { hasThinking, hasThinkingPart, isAssistant, refuse } from '../contract/messages.js';
import { dumps, entriesOf, field, isObject, type Json } from '../python/json.js';
import { str, strip } from '../python/text.js';
import { imHeader } from './qwen3.js';
import { qwen3_5Format, qwen3_5Style, openBlock, tidy } from './qwen3-5.js';
import { parseQwenText } from './qwen-blocks.js';
import { renderTurn, type TurnStyle } from './qwen-vl-turn.js';
import { cutOff, splitAtStop } from '../contract/parse.js';
import { explainXmlTools, pythonArgument, xmlToolCall } from './xml-tools.js';

export interface Nemotron3Variant {
  readonly model: 'nano' | 'ultra';
  /** `off`: the prompt closes the block of thoughts. `kept`: history keeps them. */
  readonly thinking?: 'off' | 'kept';
  /** Written behind the last message of the user. */
  readonly effort?: 'low' | 'efficient';
}

export const nemotron3 =
  ({ model, thinking, effort }: Nemotron3Variant): FormatFactory =>
  (options): ChatFormat => {
    const strips = thinking === 'kept' ? false : (options.stripThinkingFromHistory ?? true);
    const style = model === 'ultra' ? ultraStyle(strips) : nanoStyle(strips);
    const format = qwen3_5Format(style, { strips, block: thinking === 'off' ? 'closed' : 'open' });
    const parseText = (text: string) =>
      model === 'ultra' ? tidy(parseQwenText(text, true)) : tidy(parseQwenText(text, true), withoutNewline);
    return {
      ...format,
      prepare: messages =>
        messages[0]?.role === 'system' ? messages : [{ role: 'system', content: '' }, ...messages],
      renderMessage(message, context) {
        const isAsked =
          effort !== undefined && message.role === 'user' && context.index === context.lastUserIndex;
        const turn = isAsked ? withEffort(message, effort, context.at) : message;
        const said = typeof turn.content === 'string' ? { ...turn, content: strip(turn.content) } : turn;
        return renderTurn(said, context, style);
      },
      ...(thinking === 'off' && {
        generationSuffix: (role: string, context: MessageContext) =>
          markup`${imHeader(role, context)}<think></think>`,
      }),
      parse(tokens, decoder) {
        const { text, isEnded } = splitAtStop(
          openBlock.restore(tokens, decoder),
          decoder.id('<|im_end|>'),
          decoder,
        );
        if (!isEnded) return cutOff(text);
        return { message: parseText(text), termination: 'stop_sequence' };
      },
      streaming: {
        ...format.streaming!,
        parse: (tokens, decoder) => parseText(splitAtStop(tokens, decoder.id('<|im_end|>'), decoder).text),
      },
      declareTools,
    };
  };

function withEffort(message: Message, effort: string, at: string): Message {
  if (typeof message.content !== 'string')
    refuse(`${at}.content`, 'with an effort, the last message of the user must be one text', message.content);
  return { ...message, content: `${message.content}\n\n{reasoning effort: ${effort}}` };
}

const withoutNewline = (text: string) => text.replace(/^\n/, '').replace(/^\n\n/, '');
const isHistory = ({ index, lastUserIndex }: MessageContext) => index < lastUserIndex;
const showsThinking = (message: Message, context: MessageContext, strips: boolean) =>
  hasThinking(message) && !(strips && isHistory(context));

function nanoStyle(strips: boolean): TurnStyle {
  return {
    ...sharedStyle(strips),
    thinking: thought => markup`<think>\n${thought}\n</think>\n`,
    beforeText(message, context) {
      if (showsThinking(message, context, strips)) return nothing;
      // The template cuts history at </think>, and the newline behind it stays, unless tool calls follow.
      const keepsNewline = isHistory(context) && hasThinkingPart(message) && hasText(message);
      return keepsNewline && !message.tool_calls?.length
        ? markup`<think></think>\n`
        : markup`<think></think>`;
    },
    toolCalls: (calls, message) =>
      markup`${hasThinkingPart(message) && !hasText(message) ? nothing : markup`\n`}${linesOf(calls)}`,
  };
}

function ultraStyle(strips: boolean): TurnStyle {
  return {
    ...sharedStyle(strips),
    thinking: thought => markup`<think>\n${thought}</think>`,
    beforeText: (message, context) =>
      showsThinking(message, context, strips) ? nothing : markup`<think></think>`,
    toolCalls: calls => markup`\n${linesOf(calls)}`,
  };
}

function sharedStyle(strips: boolean) {
  return {
    ...qwen3_5Style(strips, 'open'),
    hidesThinking: (message: Message, context: MessageContext) =>
      strips && isAssistant(message) && isHistory(context) && !context.isLast,
    toolResponse: (result: Parameters<TurnStyle['toolResponse']>[0]) =>
      markup`<tool_response>\n${result}\n</tool_response>\n`,
    betweenToolResponses: nothing,
  };
}

const hasText = (message: Message) => typeof message.content !== 'string' && textOf(message) !== '';
const linesOf = (calls: Parameters<TurnStyle['toolCalls']>[0]) =>
  join(calls.map(call => markup`${xmlToolCall(call, pythonArgument)}\n`));

function declareTools(tools: readonly ToolDeclaration[], systemPrompt: string): Message[] {
  if (tools.length === 0) return [{ role: 'system', content: systemPrompt }];
  const declaration = explainXmlTools(tools.map(tool => declareTool(tool as unknown as Json)));
  return [
    { role: 'system', content: systemPrompt === '' ? declaration : `${systemPrompt}\n\n${declaration}` },
  ];
}

function declareTool(tool: Json): string {
  const description = strip(str(field(tool, 'description') ?? ''));
  const parameters = field(tool, 'parameters') ?? null;
  const required = field(parameters, 'required');
  return [
    '<function>',
    `<name>${str(field(tool, 'name') ?? '')}</name>`,
    ...(description === '' ? [] : [`<description>${description}</description>`]),
    '<parameters>',
    ...entriesOf(field(parameters, 'properties')).flatMap(declareParameter),
    ...otherFields(parameters, ['type', 'properties', 'required']),
    ...(required === undefined ? [] : [`<required>${dumps(required)}</required>`]),
    '</parameters>',
    ...otherFields(tool, ['type', 'name', 'description', 'parameters']),
    '</function>',
  ].join('\n');
}

function declareParameter([name, schema]: [string, Json]): string[] {
  const [type, description, values] = ['type', 'description', 'enum'].map(key => field(schema, key));
  return [
    '<parameter>',
    `<name>${name}</name>`,
    ...(type === undefined ? [] : [`<type>${str(type)}</type>`]),
    ...(description === undefined ? [] : [`<description>${strip(str(description))}</description>`]),
    ...(values === undefined ? [] : [`<enum>${dumps(values)}</enum>`]),
    ...otherFields(schema, ['name', 'type', 'description', 'enum']),
    '</parameter>',
  ];
}

const otherFields = (value: Json, known: readonly string[]): string[] =>
  entriesOf(value)
    .filter(([key]) => !known.includes(key))
    .map(
      ([key, item]) => `<${key}>${Array.isArray(item) || isObject(item) ? dumps(item) : str(item)}</${key}>`,
    );
