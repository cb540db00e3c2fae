/**
 * `llama3`: Llama 3 Instruct, without the lines about dates that the stock template adds to system messages.
 *
 *     <|begin_of_text|><|start_header_id|>user<|end_header_id|>⏎⏎What is 4 + 5?<|eot_id|>
 *     <|start_header_id|>assistant<|end_header_id|>⏎⏎9<|eot_id|>
 *
 * The model's form for tools is bare JSON, which cannot be told from an answer in JSON: tool calls are left out with a warning.
 */
import type { ChatFormat, FormatFactory } from '../contract/format.js';
import { markup } from '../contract/markup.js';
import { onlyText } from '../contract/messages.js';
import { toOpenAiMessage } from '../contract/openai.js';
import { cutOff, splitAtStop } from '../contract/parse.js';

export const llama3: FormatFactory = (): ChatFormat => ({
  controlTokens: ['<|begin_of_text|>', '<|start_header_id|>', '<|end_header_id|>', '<|eot_id|>'],
  stop: ['<|eot_id|>'],
  hasExtensionProperty: true,
  begin: markup`<|begin_of_text|>`,

  renderMessage(message, { at, warn }) {
    if (message.tool_calls?.length) warn(`${at}.tool_calls: the format has no tools, they are left out`);
    return {
      header: markup`<|start_header_id|>${message.role}<|end_header_id|>\n\n`,
      output: [markup`${onlyText(message, at)}<|eot_id|>`],
    };
  },

  parse(tokens, decoder) {
    const { text, isEnded } = splitAtStop(tokens, decoder.id('<|eot_id|>'), decoder);
    if (!isEnded) return cutOff(text);
    return { message: { role: 'assistant', content: text }, termination: 'stop_sequence' };
  },
  toOpenAiMessage: message => toOpenAiMessage(message, { thinking: 'inline' }),
});
