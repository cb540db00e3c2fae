/**
 * `qwen3_vl`, `qwen3_vl_instruct`: Qwen3-VL, parts of text only. The reference's renderer puts no block of thoughts around the
 * turn being produced; images need the model's image processor and are refused.
 */
import type { ChatFormat, FormatFactory } from '../contract/format.js';
import { join, markup, nothing } from '../contract/markup.js';
import { isAssistant } from '../contract/messages.js';
import { toOpenAiMessage } from '../contract/openai.js';
import { cutOff, splitAtStop } from '../contract/parse.js';
import { declareQwen3Tools, toolCall, toolResponse } from './qwen3.js';
import { parseQwenText } from './qwen-blocks.js';
import { renderTurn, type TurnStyle } from './qwen-vl-turn.js';

export const qwen3Vl: FormatFactory = options => vlFormat(true, options);
export const qwen3VlInstruct: FormatFactory = options => vlFormat(false, options);

function vlFormat(thinks: boolean, options: Parameters<FormatFactory>[0]): ChatFormat {
  const strips = options.stripThinkingFromHistory ?? true;
  const style: TurnStyle = {
    thinking: thought => markup`<think>${thought}</think>`,
    beforeText: () => nothing,
    hidesThinking: (message, { isLast }) => strips && isAssistant(message) && !isLast,
    toolResponse,
    betweenToolResponses: undefined,
    toolCalls: calls => markup`\n${join(calls.map(toolCall), markup`\n`)}`,
  };
  return {
    controlTokens: ['<|im_start|>', '<|im_end|>'],
    stop: ['<|im_end|>'],
    hasExtensionProperty: !strips,
    renderMessage: (message, context) => renderTurn(message, context, style),

    parse(tokens, decoder) {
      const { text, isEnded } = splitAtStop(tokens, decoder.id('<|im_end|>'), decoder);
      if (!isEnded) return cutOff(text);
      return { message: parseQwenText(text, thinks), termination: 'stop_sequence' };
    },
    streaming: {
      endToken: '<|im_end|>',
      parse: (tokens, decoder) =>
        parseQwenText(splitAtStop(tokens, decoder.id('<|im_end|>'), decoder).text, thinks),
    },
    declareTools: declareQwen3Tools,
    toOpenAiMessage: message => toOpenAiMessage(message, { thinking: 'reasoning_content' }),
  };
}
