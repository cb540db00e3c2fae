/**
 * `qwen3_5`, `qwen3_5_disable_thinking`: Qwen3.5 and Qwen3.6, parts of text only.
 *
 *     <|im_start|>user⏎What is 4 + 5?<|im_end|>⏎
 *     <|im_start|>assistant⏎<think>⏎Four and five.⏎</think>⏎⏎9<|im_end|>
 *
 * Assistants after the last message of the user have a block of thoughts, an empty one if there are none. The prompt opens the
 * block, or closes it if thinking is disabled, so sampled tokens begin inside or after it. Tools are in XML, declared before the
 * system prompt; results that follow each other share one block. Qwen3.6 writes booleans as JSON, this renderer as Python.
 */
import { type Message, textOf, type ToolDeclaration } from '@tinsmith/core';
import type { ChatFormat, FormatFactory, MessageContext } from '../contract/format.js';
import { join, type Markup, markup, nothing } from '../contract/markup.js';
import { hasThinking, isAssistant } from '../contract/messages.js';
import { toOpenAiMessage } from '../contract/openai.js';
import { cutOff, splitAtStop } from '../contract/parse.js';
import { givenBeginning } from '../contract/prefill.js';
import { dumps, type Json } from '../python/json.js';
import { strip } from '../python/text.js';
import { parseQwenText } from './qwen-blocks.js';
import { renderTurn, type TurnStyle } from './qwen-vl-turn.js';
import { emptyBlock, imHeader, toolResponse } from './qwen3.js';
import {
  explainXmlTools,
  pythonArgument,
  readXmlCalls,
  type WriteArgument,
  xmlToolCall,
} from './xml-tools.js';

export const qwen3_5: FormatFactory = options =>
  qwen3_5Format(qwen3_5Style(options.stripThinkingFromHistory ?? true, 'open'), {
    strips: options.stripThinkingFromHistory ?? true,
    block: 'open',
  });
export const qwen3_5DisableThinking: FormatFactory = options =>
  qwen3_5Format(qwen3_5Style(options.stripThinkingFromHistory ?? true, 'closed'), {
    strips: options.stripThinkingFromHistory ?? true,
    block: 'closed',
  });

/** How the prompt leaves the block of thoughts. */
export type PromptBlock = 'open' | 'closed';

export const promptEnd = (role: string, context: MessageContext, block: PromptBlock): Markup =>
  markup`${imHeader(role, context)}${block === 'open' ? markup`<think>\n` : emptyBlock}`;

export function qwen3_5Style(
  strips: boolean,
  block: PromptBlock,
  write: WriteArgument = pythonArgument,
): TurnStyle {
  return {
    thinking: thought => markup`<think>\n${thought}\n</think>\n\n`,
    beforeText: (message, { index, lastUserIndex }) =>
      index <= lastUserIndex || hasThinking(message) ? nothing : emptyBlock,
    hidesThinking: (message, { isLast }) => strips && isAssistant(message) && !isLast,
    toolResponse,
    betweenToolResponses: markup`\n`,
    toolCalls(calls, message) {
      const separator = strip(textOf(message)) === '' ? nothing : markup`\n\n`;
      return markup`${separator}${join(
        calls.map(call => xmlToolCall(call, write)),
        markup`\n`,
      )}`;
    },
    promptEnd: context => promptEnd('assistant', context, block),
  };
}

/** Sampled tokens begin after it. */
export const openBlock = givenBeginning(markup`<think>\n`);

export interface Qwen3_5Options {
  /** Whether history loses its thoughts. */
  readonly strips: boolean;
  readonly block: PromptBlock;
}

export function qwen3_5Format(style: TurnStyle, { strips, block }: Qwen3_5Options): ChatFormat {
  return {
    controlTokens: ['<|im_start|>', '<|im_end|>', '<think>', '</think>'],
    stop: ['<|im_end|>'],
    hasExtensionProperty: !strips,
    disablesThinking: block === 'closed',

    renderMessage: (message, context) => renderTurn(trimmed(message), context, style),
    generationSuffix: (role, context) => promptEnd(role, context, block),

    parse(tokens, decoder) {
      const { text, isEnded } = splitAtStop(
        openBlock.restore(tokens, decoder),
        decoder.id('<|im_end|>'),
        decoder,
      );
      if (!isEnded) return cutOff(text);
      return { message: tidy(parseQwenText(text, true)), termination: 'stop_sequence' };
    },
    streaming: {
      endToken: '<|im_end|>',
      prefill: openBlock,
      parse: (tokens, decoder) =>
        tidy(parseQwenText(splitAtStop(tokens, decoder.id('<|im_end|>'), decoder).text, true)),
    },
    declareTools: declareQwen3_5Tools,
    toOpenAiMessage: message =>
      toOpenAiMessage(message, { thinking: 'reasoning_content', argumentsAs: 'object' }),
  };
}

const trimmed = (message: Message): Message =>
  typeof message.content === 'string' ? { ...message, content: strip(message.content) } : message;

/** Space around the first thoughts belongs to the template. */
export function tidy(message: Message, tidyText = (text: string) => text.replace(/^\n\n/, '')): Message {
  const { content } = message;
  if (typeof content === 'string') return readXmlCalls(message);
  const firstThought = content.findIndex(part => part.type === 'thinking');
  const textAfter = content.findIndex(
    (part, index) => part.type === 'text' && firstThought >= 0 && index > firstThought,
  );
  const tidied = content.map((part, index) => {
    if (part.type === 'thinking')
      return textAfter >= 0 && index > textAfter ? part : { ...part, thinking: strip(part.thinking) };
    return index === textAfter ? { ...part, text: tidyText(part.text) } : part;
  });
  return readXmlCalls({ ...message, content: tidied });
}

export function declareQwen3_5Tools(tools: readonly ToolDeclaration[], systemPrompt: string): Message[] {
  if (tools.length === 0) return [{ role: 'system', content: systemPrompt }];
  const declaration = explainXmlTools(tools.map(tool => dumps(tool as unknown as Json)));
  return [
    { role: 'system', content: systemPrompt === '' ? declaration : `${declaration}\n\n${systemPrompt}` },
  ];
}
