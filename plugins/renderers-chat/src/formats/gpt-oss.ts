/**
 * `gpt_oss_no_sysprompt`, `gpt_oss_{low,medium,high}_reasoning`: gpt-oss, the Harmony format.
 *
 *     <|start|>system<|message|>You are ChatGPT, ... Reasoning: low ...<|end|>
 *     <|start|>developer<|message|># Instructions⏎⏎Be short.⏎⏎<|end|><|start|>user<|message|>What is 4 + 5?<|end|>
 *     <|start|>assistant<|channel|>analysis<|message|>Four and five.<|end|>
 *     <|start|>assistant<|channel|>final<|message|>9<|return|>
 *
 * An assistant speaks in channels: analysis is thought, final is the answer, commentary holds calls to tools. The last turn
 * ends with `<|return|>`, earlier ones with `<|end|>`. What the caller calls system is the developer here.
 */
import {
  type ContentPart,
  type Message,
  type ParsedResponse,
  textOf,
  type ToolCall,
  type ToolDeclaration,
  type UnparsedToolCall,
} from '@tinsmith/core';
import type { ChatFormat, Decoder, FormatFactory, MessageContext } from '../contract/format.js';
import { join, type Markup, markup, nothing } from '../contract/markup.js';
import { isAssistant, isTool, onlyText, thinkingOf } from '../contract/messages.js';
import { toOpenAiMessage } from '../contract/openai.js';
import {
  assistantMessage,
  count,
  cutOff,
  readJson,
  refuseSecondStop,
  unterminated,
} from '../contract/parse.js';
import { strip } from '../python/text.js';
import { declareNamespace } from './gpt-oss-tools.js';

export type Effort = 'low' | 'medium' | 'high';

/** The role of the format's own system message: a caller's `system` is the developer. */
const OWN_SYSTEM = '_gptoss_internal_system';

export const gptOss =
  (effort?: Effort): FormatFactory =>
  (options): ChatFormat => ({
    controlTokens: [
      '<|start|>',
      '<|end|>',
      '<|message|>',
      '<|channel|>',
      '<|constrain|>',
      '<|return|>',
      '<|call|>',
    ],
    stop: ['<|return|>', '<|call|>'],
    hasExtensionProperty: false,

    prepare(messages, warn) {
      if (effort === undefined) return messages;
      if (messages[0]?.role === 'system')
        warn("the format has a system message of its own; yours is the developer's");
      return [{ role: OWN_SYSTEM, content: systemText(effort, options.currentDate ?? today()) }, ...messages];
    },

    renderMessage(message, context) {
      if (isTool(message)) return toolResult(message, context);
      if (isAssistant(message))
        return { header: markup`<|start|>assistant`, output: [assistantTurn(message, context)] };
      const text = onlyText(message, context.at);
      if (message.role === 'system')
        return {
          header: markup`<|start|>developer`,
          output: [markup`<|message|># Instructions\n\n${text}\n\n<|end|>`],
        };
      const role = message.role === OWN_SYSTEM ? 'system' : message.role;
      return { header: markup`<|start|>${role}`, output: [markup`<|message|>${text}<|end|>`] };
    },

    parse: parseHarmony,
    declareTools,
    toOpenAiMessage: message => toOpenAiMessage(message, { thinking: 'reasoning_content' }),
  });

const two = (value: number) => String(value).padStart(2, '0');

/** Local date, as the reference takes it. */
function today(): string {
  const now = new Date();
  return `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
}

const systemText = (
  effort: Effort,
  date: string,
) => `You are ChatGPT, a large language model trained by OpenAI.
Knowledge cutoff: 2024-06
Current date: ${date}

Reasoning: ${effort}

# Valid channels: analysis, commentary, final. Channel must be included for every message.`;

function assistantTurn(message: Message, { isLast }: MessageContext): Markup {
  const [thinking, text, calls] = [thinkingOf(message), textOf(message), message.tool_calls ?? []];
  const analysis =
    thinking === '' ? nothing : markup`<|channel|>analysis<|message|>${thinking}<|end|><|start|>assistant`;
  if (calls.length === 0)
    return markup`${analysis}<|channel|>final<|message|>${text}${isLast ? markup`<|return|>` : markup`<|end|>`}`;
  const preamble =
    text === '' ? nothing : markup`<|channel|>commentary<|message|>${text}<|end|><|start|>assistant`;
  return markup`${analysis}${preamble}${join(calls.map(toolCall), markup`<|start|>assistant`)}`;
}

const toolCall = ({ function: called }: ToolCall): Markup =>
  markup` to=functions.${called.name}<|channel|>commentary <|constrain|>json<|message|>${called.arguments}<|call|>`;

function toolResult(message: Message, { at, warn }: MessageContext) {
  if (!message.name) warn(`${at}.name: the format needs the name of the tool, "unknown" is written`);
  const name = message.name || 'unknown';
  const qualified = name.startsWith('functions.') ? name : `functions.${name}`;
  return {
    header: markup`<|start|>${qualified} to=assistant`,
    output: [markup`<|channel|>commentary<|message|>${onlyText(message, at)}<|end|>`],
  };
}

function parseHarmony(tokens: readonly number[], decoder: Decoder): ParsedResponse {
  const ends = ['<|return|>', '<|call|>'].map(piece => decoder.id(piece));
  const places = ends.map(end => tokens.indexOf(end)).filter(place => place >= 0);
  if (places.length === 0) return cutOff(decoder.decode(tokens));
  if (ends.some(end => tokens.indexOf(end) !== tokens.lastIndexOf(end)))
    refuseSecondStop(decoder.decode(tokens));

  const text = decoder.decode(tokens.slice(0, Math.min(...places)));
  const { parts, calls, unparsed } = readChannels(text);
  const lost = count(text, 'to=functions.') > calls.length + unparsed.length ? [lostCall(text)] : [];
  return {
    message: assistantMessage(parts.length > 0 ? parts : text, { calls, unparsed: [...unparsed, ...lost] }),
    termination: 'stop_sequence',
  };
}

function lostCall(text: string): UnparsedToolCall {
  const start = text.lastIndexOf('<|start|>');
  return unterminated(
    start === -1 ? text : text.slice(start),
    "'to=functions.' tool-call header without a parsable arguments payload",
  );
}

function readChannels(text: string) {
  const parts: ContentPart[] = [];
  const calls: ToolCall[] = [];
  const unparsed: UnparsedToolCall[] = [];
  for (const { header, body, raw } of blocksOf(text)) {
    if (strip(body) === '') continue;
    const recipient = /to=([^\s<]+)/.exec(header)?.[1];
    const channel = /<\|channel\|>([^<\s]+)/.exec(header)?.[1];
    if (recipient?.startsWith('functions.')) {
      const json = readJson(body);
      if ('error' in json) unparsed.push({ raw_text: raw, error: json.error });
      else calls.push({ function: { name: recipient.slice('functions.'.length), arguments: strip(body) } });
    } else if (channel === 'analysis') {
      parts.push({ type: 'thinking', thinking: body });
    } else if (channel === 'final' || channel === 'commentary') {
      parts.push({ type: 'text', text: body });
    }
  }
  return { parts, calls, unparsed };
}

/** `<|start|>header<|message|>body<|end|>`, where the first header has lost its beginning to the prompt. */
function* blocksOf(text: string): Generator<{ header: string; body: string; raw: string }> {
  let position = 0;
  for (;;) {
    const message = text.indexOf('<|message|>', position);
    if (message === -1) return;
    const start = text.slice(position, message).lastIndexOf('<|start|>');
    const headerStart = start === -1 ? position : position + start;
    const bodyStart = message + '<|message|>'.length;
    const end = /<\|(?:end|call|return)\|>/.exec(text.slice(bodyStart));
    const bodyEnd = end ? bodyStart + end.index : text.length;
    position = bodyEnd + (end?.[0].length ?? 0);
    yield {
      header: text.slice(headerStart, message),
      body: text.slice(bodyStart, bodyEnd),
      raw: text.slice(headerStart, position),
    };
  }
}

function declareTools(tools: readonly ToolDeclaration[], systemPrompt: string): Message[] {
  const sections = [
    ...(systemPrompt === '' ? [] : [`# Instructions\n\n${systemPrompt}`]),
    ...(tools.length === 0 ? [] : [declareNamespace(tools)]),
  ];
  const routing = "Calls to these tools must go to the commentary channel: 'functions'.";
  return [
    ...(tools.length === 0 ? [] : [{ role: OWN_SYSTEM, content: routing }]),
    ...(sections.length === 0 ? [] : [{ role: 'developer', content: sections.join('\n\n') }]),
  ];
}
