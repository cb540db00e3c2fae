/**
 * `qwen3`, `qwen3_disable_thinking`, `qwen3_instruct`: the text models of Qwen3.
 *
 *     <|im_start|>user⏎What is 4 + 5?<|im_end|>⏎
 *     <|im_start|>assistant⏎<think>⏎Four and five.⏎</think>⏎⏎9<|im_end|>
 *
 * The turn being produced is framed by a block of thoughts, an empty one if there are none. History loses thoughts that are
 * parts; tags inside a text stay. With thinking disabled the prompt ends with the empty block; the 2507 Instruct models have no
 * block at all. Content is encoded apart from its end token, as the reference does.
 */
import { type Message, TinsmithError, type ToolDeclaration } from '@tinsmith/core';
import type { ChatFormat, FormatFactory, MessageContext } from '../contract/format.js';
import {
  content as written,
  fixedText,
  join,
  type Markup,
  markup,
  nothing,
  withoutLeadingNewlines,
} from '../contract/markup.js';
import { hasThinking, isAssistant } from '../contract/messages.js';
import { toOpenAiMessage } from '../contract/openai.js';
import { cutOff, splitAtStop } from '../contract/parse.js';
import { loads } from '../python/json-parser.js';
import { dumps, type Json } from '../python/json.js';
import { stripLeadingNewlines, stripNewlines } from '../python/text.js';
import { parseQwenText } from './qwen-blocks.js';

interface Variant {
  readonly thinking: 'on' | 'off' | 'none';
}

export const qwen3: FormatFactory = options => qwen3Format({ thinking: 'on' }, options);
export const qwen3DisableThinking: FormatFactory = options => qwen3Format({ thinking: 'off' }, options);
export const qwen3Instruct: FormatFactory = options => qwen3Format({ thinking: 'none' }, options);

const frame = (thinking: string): Markup => markup`<think>\n${stripNewlines(thinking)}\n</think>\n\n`;

function qwen3Format({ thinking }: Variant, options: Parameters<FormatFactory>[0]): ChatFormat {
  const strips = options.stripThinkingFromHistory ?? true;

  /** The template frames turns after the last message of the user; with history kept, every turn must look the same. */
  function isFramed(message: Message, { isLast, lastUserIndex }: MessageContext): boolean {
    if (thinking === 'none' || !isAssistant(message) || lastUserIndex < 0) return false;
    return isLast || !strips;
  }

  function renderContent(message: Message, context: MessageContext): Markup {
    const { content } = message;
    const isHistory = isAssistant(message) && !context.isLast;
    const framed = isFramed(message, context);
    if (typeof content === 'string') {
      const close = content.indexOf('</think>');
      if (!framed || close < 0) return written(content);
      const [thought, rest] = [content.slice(0, close), content.slice(close + '</think>'.length)];
      return markup`${frame(thought.split('<think>').at(-1)!)}${stripLeadingNewlines(rest)}`;
    }
    const shown = strips && isHistory ? content.filter(part => part.type !== 'thinking') : content;
    return join(
      shown.map((part, index) => {
        if (part.type === 'thinking')
          return framed ? frame(part.thinking) : markup`<think>${part.thinking}</think>`;
        const followsBlock = framed && shown[index - 1]?.type === 'thinking';
        return written(followsBlock ? stripLeadingNewlines(part.text) : part.text);
      }),
    );
  }

  function renderOutput(message: Message, context: MessageContext): Markup {
    const said = renderContent(message, context);
    const isUnframed = isFramed(message, context) && !hasThinking(message);
    const turn = isUnframed ? markup`${frame('')}${withoutLeadingNewlines(said)}` : said;
    const output = message.role === 'tool' ? toolResponse(turn) : turn;
    if (!message.tool_calls) return output;
    return markup`${output}${said.length > 0 ? markup`\n` : nothing}${join(message.tool_calls.map(toolCall), markup`\n`)}`;
  }

  return {
    controlTokens: ['<|im_start|>', '<|im_end|>'],
    controlTokensInContent: 'added',
    stop: ['<|im_end|>'],
    hasExtensionProperty: thinking === 'none' || !strips,
    disablesThinking: thinking === 'off',

    renderMessage(message, context) {
      if (thinking === 'off') refuseTurnWithoutUser(message, context);
      return {
        header: imHeader(message.role === 'tool' ? 'user' : message.role, context),
        output: [renderOutput(message, context), markup`<|im_end|>`],
      };
    },
    ...(thinking === 'off' && {
      generationSuffix: (role: string, context: MessageContext) =>
        markup`${imHeader(role, context)}<think>\n\n</think>\n\n`,
    }),

    parse(tokens, decoder) {
      const { text, isEnded } = splitAtStop(tokens, decoder.id('<|im_end|>'), decoder);
      if (!isEnded) return cutOff(text);
      return { message: parseQwenText(text, thinking !== 'none'), termination: 'stop_sequence' };
    },
    streaming: {
      endToken: '<|im_end|>',
      parse: (tokens, decoder) =>
        parseQwenText(splitAtStop(tokens, decoder.id('<|im_end|>'), decoder).text, thinking !== 'none'),
    },
    declareTools: declareQwen3Tools,
    toOpenAiMessage: message => toOpenAiMessage(message, { thinking: 'reasoning_content' }),
  };
}

/** A newline stands before every block but the first. */
export const imHeader = (role: string, { index }: Pick<MessageContext, 'index'>): Markup =>
  markup`${index === 0 ? nothing : markup`\n`}<|im_start|>${role}\n`;

export const toolResponse = (result: Markup): Markup => markup`<tool_response>\n${result}\n</tool_response>`;

export function toolCall({ function: called }: NonNullable<Message['tool_calls']>[number]): Markup {
  const payload = new Map<string, Json>([
    ['name', called.name],
    ['arguments', loads(called.arguments)],
  ]);
  return markup`<tool_call>\n${dumps(payload)}\n</tool_call>`;
}

/**
 * The template writes the empty block after the last message of the user only; without one it writes none, but the prompt ends
 * with one all the same.
 */
function refuseTurnWithoutUser(message: Message, { isLast, lastUserIndex, at }: MessageContext): void {
  if (!isAssistant(message) || !isLast || lastUserIndex >= 0 || message.content.length === 0) return;
  throw new TinsmithError({
    code: 'RENDERER_MESSAGE_INVALID',
    message: 'without a message of the user, the turn would not begin as the prompt does',
    at: `${at}.role`,
    found: 'a conversation without a user',
    fix: 'add a message of the user, or use qwen3',
  });
}

export function declareQwen3Tools(tools: readonly ToolDeclaration[], systemPrompt: string): Message[] {
  const lines = tools.map(tool =>
    dumps(
      new Map<string, Json>([
        ['type', 'function'],
        ['function', tool as unknown as Json],
      ]),
    ),
  );
  const declaration =
    tools.length === 0
      ? ''
      : `# Tools

You may call one or more functions to assist with the user query.

You are provided with function signatures within <tools></tools> XML tags:
<tools>
${lines.join('\n')}
</tools>

For each function call, return a json object with function name and arguments within <tool_call></tool_call> XML tags:
<tool_call>
{"name": <function-name>, "arguments": <args-json-object>}
</tool_call>`;
  return [
    { role: 'system', content: systemPrompt === '' ? declaration : `${systemPrompt}\n\n${declaration}` },
  ];
}

export const emptyBlock = fixedText('<think>\n\n</think>\n\n');
