/**
 * `chatml`: SmolLM2 Instruct.
 *
 *     <|im_start|>system⏎You are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>⏎
 *     <|im_start|>user⏎What is 4 + 5?<|im_end|>⏎<|im_start|>assistant⏎9<|im_end|>
 *
 * The template writes that system message if the conversation begins with another one's. Plain texts only: the format has no
 * tools and no thoughts.
 */
import type { ChatFormat, FormatFactory } from '../contract/format.js';
import { markup, nothing } from '../contract/markup.js';
import { onlyText, refuse } from '../contract/messages.js';
import { toOpenAiMessage } from '../contract/openai.js';
import { cutOff, splitAtStop } from '../contract/parse.js';

const SYSTEM = 'You are a helpful AI assistant named SmolLM, trained by Hugging Face';

export const chatml: FormatFactory = (): ChatFormat => ({
  controlTokens: ['<|im_start|>', '<|im_end|>'],
  stop: ['<|im_end|>'],
  hasExtensionProperty: true,

  prepare: messages =>
    messages.length === 0 || messages[0]!.role === 'system'
      ? messages
      : [{ role: 'system', content: SYSTEM }, ...messages],

  renderMessage(message, { index, at }) {
    if (message.tool_calls?.length) refuse(`${at}.tool_calls`, 'chatml has no tools', message.tool_calls);
    if (message.role === 'tool') refuse(`${at}.role`, 'chatml has no results of tools', message.role);
    const separator = index === 0 ? nothing : markup`\n`;
    return {
      header: markup`${separator}<|im_start|>${message.role}\n`,
      output: [markup`${onlyText(message, at)}<|im_end|>`],
    };
  },

  parse(tokens, decoder) {
    const { text, isEnded } = splitAtStop(tokens, decoder.id('<|im_end|>'), decoder);
    if (!isEnded) return cutOff(text);
    return { message: { role: 'assistant', content: text }, termination: 'stop_sequence' };
  },
  streaming: {
    endToken: '<|im_end|>',
    parse: (tokens, decoder) => ({
      role: 'assistant',
      content: splitAtStop(tokens, decoder.id('<|im_end|>'), decoder).text,
    }),
  },
  toOpenAiMessage: message => toOpenAiMessage(message, { thinking: 'inline' }),
});
