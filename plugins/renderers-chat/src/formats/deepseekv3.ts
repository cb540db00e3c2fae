/**
 * `deepseekv3` (also called `deepseekv3_disable_thinking`), `deepseekv3_thinking`: DeepSeek V3.1.
 *
 *     <｜begin▁of▁sentence｜>Be short.<｜User｜>What is 4 + 5?<｜Assistant｜></think>9<｜end▁of▁sentence｜>
 *     <｜begin▁of▁sentence｜><｜User｜>What is 4 + 5?<｜Assistant｜><think>Four and five.</think>9<｜end▁of▁sentence｜>
 *
 * `</think>` behind the role says: no thinking any more. Without thinking it stands in every turn; with thinking in history
 * only, and the prompt opens a block. The system message has no role and stands at the beginning only. An assistant after a
 * tool's result has no role either. A turn with empty content has no end token, even if it calls tools.
 */
import {
  type ContentPart,
  type Message,
  type ToolCall,
  type ToolDeclaration,
  type UnparsedToolCall,
} from '@tinsmith/core';
import type {
  ChatFormat,
  Decoder,
  FormatFactory,
  MessageContext,
  RenderedMessage,
} from '../contract/format.js';
import { content as written, join, type Markup, markup, nothing } from '../contract/markup.js';
import { hasThinking, isAssistant, isTool, onlyText, partsOf, refuse } from '../contract/messages.js';
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
import { dumps, field, type Json } from '../python/json.js';
import { SPACE, strip } from '../python/text.js';

const END = '<｜end▁of▁sentence｜>';
/** In the explanation of tools; also what is looked for there, so that its control tokens are tokens. */
const CALL_FORM =
  '<｜tool▁calls▁begin｜><｜tool▁call▁begin｜>tool_call_name<｜tool▁sep｜>tool_call_arguments<｜tool▁call▁end｜><｜tool▁calls▁end｜>';
const CONTROL_TOKENS = [
  '<｜begin▁of▁sentence｜>',
  END,
  '<｜User｜>',
  '<｜Assistant｜>',
  '<｜tool▁calls▁begin｜>',
  '<｜tool▁calls▁end｜>',
  '<｜tool▁call▁begin｜>',
  '<｜tool▁call▁end｜>',
  '<｜tool▁sep｜>',
  '<｜tool▁output▁begin｜>',
  '<｜tool▁output▁end｜>',
  '<think>',
  '</think>',
];

export const deepseekV3: FormatFactory = options => ({
  ...sharedFormat(options),
  hasExtensionProperty: true,
  renderMessage(message, context) {
    if (!isOpeningTurn(message, context)) return renderTurn(message, context, options);
    const { header, output } = renderTurn(
      { ...message, content: withoutThoughts(message) },
      context,
      options,
    );
    return { header: markup`${header}</think>`, output };
  },
});

const openBlock = givenBeginning(markup`<think>`);

export const deepseekV3Thinking: FormatFactory = options => {
  const strips = options.stripThinkingFromHistory ?? true;
  const shared = sharedFormat(options);
  return {
    ...shared,
    hasExtensionProperty: !strips,
    renderMessage(message, context) {
      const { header, output } = renderTurn(message, context, options);
      if (!isOpeningTurn(message, context)) return { header, output };
      if (strips && !context.isLast) return { header: markup`${header}</think>`, output };
      const isUnthinking = context.isLast && message.content.length > 0 && !hasThinking(message);
      return { header, output: isUnthinking ? [markup`<think></think>`, ...output] : output };
    },
    // Turns with tools are not thought about: the template opens no block after a result.
    givenPrefill: messages => (isTool(messages.at(-1)) ? '' : '<think>'),
    parse: (tokens, decoder) => shared.parse(openBlock.restore(tokens, decoder), decoder),
    streaming: { ...shared.streaming!, prefill: openBlock },
  };
};

const isOpeningTurn = (message: Message, { previous }: MessageContext) =>
  isAssistant(message) && !isTool(previous);

const withoutThoughts = ({ content }: Message): string =>
  typeof content === 'string'
    ? content.replaceAll(/<think>[^]*?<\/think>/g, '')
    : content.map(part => (part.type === 'text' ? part.text : '')).join('');

function sharedFormat({
  stripThinkingFromHistory = true,
}: Parameters<FormatFactory>[0]): Omit<ChatFormat, 'renderMessage'> {
  return {
    controlTokens: CONTROL_TOKENS,
    ownSentences: [CALL_FORM],
    stop: [END],
    hasExtensionProperty: !stripThinkingFromHistory,
    begin: markup`<｜begin▁of▁sentence｜>`,
    parse(tokens, decoder) {
      const { text, isEnded } = splitAtStop(tokens, decoder.id(END), decoder);
      return isEnded ? { message: parseText(text), termination: 'stop_sequence' } : cutOff(text);
    },
    streaming: {
      endToken: END,
      parse: (tokens: readonly number[], decoder: Decoder) =>
        parseText(splitAtStop(tokens, decoder.id(END), decoder).text),
    },
    declareTools,
    toOpenAiMessage: message => toOpenAiMessage(message, { thinking: 'reasoning_content' }),
  };
}

function renderTurn(
  message: Message,
  context: MessageContext,
  options: Parameters<FormatFactory>[0],
): RenderedMessage {
  const { at, index, previous } = context;
  switch (message.role) {
    case 'system':
      if (index > 0 && !options.systemRoleAsUser)
        refuse(
          `${at}.role`,
          "DeepSeek has system messages at the beginning only (systemRoleAsUser makes them the user's)",
          'system',
        );
      return {
        header: index === 0 ? nothing : markup`<｜User｜>`,
        output: [markup`${onlyText(message, at)}${calls(message)}`],
      };
    case 'user':
      return { header: markup`<｜User｜>`, output: [markup`${onlyText(message, at)}${calls(message)}`] };
    case 'tool':
      return {
        header: markup`<｜tool▁output▁begin｜>`,
        output: [markup`${onlyText(message, at)}<｜tool▁output▁end｜>${calls(message)}`],
      };
    case 'assistant': {
      const hides =
        (options.stripThinkingFromHistory ?? true) && !message.tool_calls?.length && !context.isLast;
      const end = message.content.length > 0 ? markup`<｜end▁of▁sentence｜>` : nothing;
      return {
        header: isTool(previous) ? nothing : markup`<｜Assistant｜>`,
        output: [markup`${said(message, hides)}${calls(message)}${end}`],
      };
    }
    default:
      return refuse(`${at}.role`, 'DeepSeek knows the roles system, user, assistant and tool', message.role);
  }
}

const said = (message: Message, hidesThoughts: boolean): Markup =>
  join(
    partsOf(message).map(part => {
      if (part.type === 'text') return written(part.text);
      return hidesThoughts ? nothing : markup`<think>${part.thinking}</think>`;
    }),
  );

function calls({ tool_calls: toolCalls }: Message): Markup {
  if (!toolCalls?.length) return nothing;
  const inside = toolCalls.map(
    ({ function: called }) =>
      markup`<｜tool▁call▁begin｜>${called.name}<｜tool▁sep｜>${called.arguments}<｜tool▁call▁end｜>`,
  );
  return markup`<｜tool▁calls▁begin｜>${join(inside)}<｜tool▁calls▁end｜>`;
}

function parseText(text: string): Message {
  const found = parseCalls(text);
  const unclosed = unterminatedBlock(text, [
    ['<｜tool▁calls▁begin｜>', '<｜tool▁calls▁end｜>'],
    ['<｜tool▁call▁begin｜>', '<｜tool▁call▁end｜>'],
  ]);
  const unparsed = [...found.unparsed, ...unclosed];
  const hasCalls = found.calls.length > 0 || unparsed.length > 0;
  const content: string | ContentPart[] = parseThinkBlocks(
    hasCalls ? strip(text.replaceAll(SECTION, '')) : text,
  );
  return assistantMessage(content, { calls: found.calls, unparsed });
}

const SECTION = new RegExp(`${SPACE}*<｜tool▁calls▁begin｜>([^]*?)<｜tool▁calls▁end｜>`, 'g');
/** Names are Python's `\w`. */
const CALL = /<｜tool▁call▁begin｜>([\p{L}\p{N}_]+)<｜tool▁sep｜>([^]*?)<｜tool▁call▁end｜>/gu;

function parseCalls(text: string): { calls: ToolCall[]; unparsed: UnparsedToolCall[] } {
  const section = /<｜tool▁calls▁begin｜>([^]*?)<｜tool▁calls▁end｜>/.exec(text)?.[1] ?? '';
  const read = Array.from(section.matchAll(CALL), ([block, name, json]): ToolCall | UnparsedToolCall => {
    const args = strip(json!);
    const result = readJson(args);
    return 'error' in result
      ? { raw_text: block, error: result.error }
      : { function: { name: name!, arguments: args } };
  });
  return {
    calls: read.filter(call => 'function' in call),
    unparsed: read.filter(call => 'raw_text' in call),
  };
}

function declareTools(tools: readonly ToolDeclaration[], systemPrompt: string): Message[] {
  if (tools.length === 0) return [{ role: 'system', content: systemPrompt }];
  const blocks = tools.map(
    tool => `### ${tool.name}
Description: ${tool.description}

Parameters: ${dumps(field(tool, 'parameters') as Json)}`,
  );
  const explanation = `

## Tools
You have access to the following tools:

${blocks.join('\n')}

IMPORTANT: ALWAYS adhere to this exact format for tool use:
${CALL_FORM}

Where:
- \`tool_call_name\` must be an exact match to one of the available tools
- \`tool_call_arguments\` must be valid JSON that strictly follows the tool's Parameters Schema
- For multiple tool calls, chain them directly without separators or spaces`;
  return [{ role: 'system', content: systemPrompt + explanation }];
}
