/**
 * `kimi_k2`, `kimi_k25` (+ `_disable_thinking`), `kimi_k26` (+ `_disable_thinking`, `_preserve_thinking`): Kimi, text only.
 *
 *     <|im_system|>system<|im_middle|>You are Kimi, ...<|im_end|><|im_user|>user<|im_middle|>What is 4 + 5?<|im_end|>
 *     <|im_assistant|>assistant<|im_middle|><think>Four and five.</think>9<|im_end|>
 *
 * Every assistant begins with a block of thoughts, empty in history. A turn lasts from the last assistant without tool calls,
 * so thoughts of a whole exchange with tools are kept. From K2.5 on the prompt opens the block, or closes it. Tools are a
 * message of their own before the system message: JSON for K2, TypeScript later.
 */
import {
  type Message,
  textOf,
  type ToolCall,
  type ToolDeclaration,
  type UnparsedToolCall,
} from '@tinsmith/core';
import type { ChatFormat, FormatFactory, MessageContext, RenderedMessage } from '../contract/format.js';
import { join, type Markup, markup, nothing } from '../contract/markup.js';
import { isAssistant, isTool, refuse, thinkingOf } from '../contract/messages.js';
import { toOpenAiMessage } from '../contract/openai.js';
import {
  assistantMessage,
  cutOff,
  parseThinkBlocks,
  readJson,
  splitAtStop,
  unterminatedBlock,
} from '../contract/parse.js';
import { givenBeginning } from '../contract/prefill.js';
import { dumps, type Json } from '../python/json.js';
import { SPACE, strip } from '../python/text.js';
import { declareInTypeScript } from './kimi-tools.js';

const SYSTEM = 'You are Kimi, an AI assistant created by Moonshot AI.';
const TOOLS_ROLE = 'tool_declare';

export interface KimiVariant {
  readonly model: 'k2' | 'k25';
  /** `off`: the prompt closes the block of thoughts. `kept`: history keeps them. */
  readonly thinking?: 'off' | 'kept';
}

const openBlock = givenBeginning(markup`<think>`);

export const kimi =
  ({ model, thinking }: KimiVariant): FormatFactory =>
  (options): ChatFormat => {
    const strips = thinking === 'kept' ? false : (options.stripThinkingFromHistory ?? true);
    const hasPrefill = model === 'k25';
    return {
      controlTokens: CONTROL_TOKENS,
      stop: ['<|im_end|>'],
      hasExtensionProperty: false,
      disablesThinking: thinking === 'off',
      splitExamples: 'at_user_messages',

      prepare: withSystemMessage,
      turnStart: messages =>
        messages.findLastIndex(message => isAssistant(message) && !message.tool_calls?.length) + 1,
      renderMessage: (message, context) =>
        renderTurn(message, context, { strips, takesParts: model === 'k25' }),
      ...(hasPrefill && { givenPrefill: () => (thinking === 'off' ? '<think></think>' : '<think>') }),

      parse(tokens, decoder) {
        const whole = hasPrefill ? openBlock.restore(tokens, decoder) : tokens;
        const { text, isEnded } = splitAtStop(whole, decoder.id('<|im_end|>'), decoder);
        return isEnded ? { message: parseText(text), termination: 'stop_sequence' } : cutOff(text);
      },
      streaming: {
        endToken: '<|im_end|>',
        ...(hasPrefill && { prefill: openBlock }),
        parse: (tokens, decoder) => parseText(splitAtStop(tokens, decoder.id('<|im_end|>'), decoder).text),
      },
      declareTools: (tools, systemPrompt) => declareTools(tools, systemPrompt, model),
      toOpenAiMessage: message => toOpenAiMessage(message, { thinking: 'reasoning_content' }),
    };
  };

const CONTROL_TOKENS = [
  '<|im_user|>',
  '<|im_assistant|>',
  '<|im_system|>',
  '<|im_middle|>',
  '<|im_end|>',
  '<|tool_calls_section_begin|>',
  '<|tool_calls_section_end|>',
  '<|tool_call_begin|>',
  '<|tool_call_argument_begin|>',
  '<|tool_call_end|>',
  '<think>',
  '</think>',
];

function withSystemMessage(messages: readonly Message[]): readonly Message[] {
  const [first, second, ...others] = messages;
  const system: Message = { role: 'system', content: SYSTEM };
  if (!first) return [system];
  if (first.role === 'system') return messages;
  if (first.role !== TOOLS_ROLE) return [system, ...messages];
  if (second?.role === 'system') return messages;
  return [first, system, ...(second ? [second] : []), ...others];
}

function renderTurn(
  message: Message,
  context: MessageContext,
  { strips, takesParts }: { readonly strips: boolean; readonly takesParts: boolean },
): RenderedMessage {
  if (!isAssistant(message))
    return { header: header(message, context), output: contentOf(message, context, takesParts) };
  const thinking = context.inLastTurn || !strips ? thinkingOf(message) : '';
  return {
    header: header(message, context),
    output: [markup`<think>${thinking}</think>${textOf(message)}${toolCalls(message)}<|im_end|>`],
  };
}

function header(message: Message, { at, warn }: MessageContext): Markup {
  const { role, name, tool_call_id: id = '' } = message;
  if (role === 'user') return markup`<|im_user|>user<|im_middle|>`;
  if (isAssistant(message)) return markup`<|im_assistant|>assistant<|im_middle|>`;
  if (!isTool(message)) return markup`<|im_system|>${role}<|im_middle|>`;
  if (!name) warn(`${at}.name: the name of the tool is missing, "tool" is written`);
  if (!id) warn(`${at}.tool_call_id: the format needs the id of the call, an empty one is written`);
  return markup`<|im_system|>${name || role}<|im_middle|>## Return of ${id}\n`;
}

/** K2.5 encodes each part on its own, K2 takes one text only. */
function contentOf(message: Message, { at }: MessageContext, takesParts: boolean): Markup[] {
  const { content } = message;
  if (typeof content === 'string') return [markup`${content}<|im_end|>`];
  const [first, ...others] = content;
  if (first?.type === 'text' && others.length === 0) return [markup`${first.text}<|im_end|>`];
  if (!takesParts) refuse(`${at}.content`, 'Kimi K2 renders one text here, no list of parts', content);
  const texts = content.map((part, index) => {
    if (part.type !== 'text') refuse(`${at}.content[${index}].type`, 'only an assistant thinks', part.type);
    return markup`${part.text}`;
  });
  return [...texts, markup`<|im_end|>`];
}

function toolCalls({ tool_calls: calls }: Message): Markup {
  if (!calls?.length) return nothing;
  const inside = calls.map(({ id, function: called }, index) => {
    const name = id || `functions.${called.name}:${index}`;
    return markup`<|tool_call_begin|>${name}<|tool_call_argument_begin|>${called.arguments}<|tool_call_end|>`;
  });
  return markup`<|tool_calls_section_begin|>${join(inside)}<|tool_calls_section_end|>`;
}

/** The model writes both spellings. */
const SECTION =
  /<\|tool_calls_section_begin\|>([^]*?)<\|tool_calls_section_end\|>|<\|tool_call_section_begin\|>([^]*?)<\|tool_call_section_end\|>/;
const CALL = new RegExp(
  String.raw`<\|tool_call_begin\|>S*([^<]+:\p{Nd}+)S*<\|tool_call_argument_begin\|>S*([^]*?)S*<\|tool_call_end\|>`.replaceAll(
    'S*',
    `${SPACE}*`,
  ),
  'gu',
);
const MARKERS = [
  ['<|tool_calls_section_begin|>', '<|tool_calls_section_end|>'],
  ['<|tool_call_section_begin|>', '<|tool_call_section_end|>'],
  ['<|tool_call_begin|>', '<|tool_call_end|>'],
] as const;

function parseText(text: string): Message {
  const section = SECTION.exec(text);
  const read = Array.from((section?.[1] ?? section?.[2] ?? '').matchAll(CALL), readCall);
  return assistantMessage(parseThinkBlocks(section ? text.slice(0, section.index) : text), {
    calls: read.filter(call => 'function' in call),
    unparsed: [...read.filter(call => 'raw_text' in call), ...unterminatedBlock(text, MARKERS)],
  });
}

function readCall([block, idText, json]: RegExpExecArray): ToolCall | UnparsedToolCall {
  const [id, args] = [strip(idText!), strip(json!)];
  const result = readJson(args);
  if ('error' in result) return { raw_text: block, error: result.error };
  return { id, function: { name: toolName(id), arguments: args } };
}

/** `functions.add:0` is a call of `add`. */
function toolName(id: string): string {
  const name = id.split(':', 1)[0]!;
  return name.includes('.') ? name.slice(name.indexOf('.') + 1) : name;
}

function declareTools(
  tools: readonly ToolDeclaration[],
  systemPrompt: string,
  model: KimiVariant['model'],
): Message[] {
  const system: Message = { role: 'system', content: systemPrompt || SYSTEM };
  if (tools.length === 0) return [system];
  const declaration = model === 'k2' ? declareInJson(tools) : declareInTypeScript(tools);
  return [{ role: TOOLS_ROLE, content: declaration }, system];
}

function declareInJson(tools: readonly ToolDeclaration[]): string {
  const payload = tools.map(
    tool =>
      new Map<string, Json>([
        ['type', 'function'],
        ['function', tool as unknown as Json],
      ]),
  );
  return dumps(payload, { compact: true, sortKeys: true });
}
