/**
 * `role_colon`: plain text for models without a chat format.
 *
 *     User: What is 4 + 5?⏎⏎Assistant: 9⏎⏎User:
 *
 * A turn ends by the text `⏎⏎User:`, so the last message of an example is followed by `User:`. The reference writes the
 * placeholder `<UNUSED>` there if the last message is not the assistant's; nothing is written here. There is no form for tools:
 * tool calls are left out with a warning.
 */
import type { ParsedResponse, Tokenizer } from '@tinsmith/core';
import type { ChatFormat, Decoder, FormatFactory } from '../contract/format.js';
import { fixedText, markup, nothing } from '../contract/markup.js';
import { isAssistant, onlyText } from '../contract/messages.js';
import { toOpenAiMessage } from '../contract/openai.js';
import { capitalize } from '../python/text.js';

const STOP = '\n\nUser:';

export const roleColon: FormatFactory = (_options, tokenizer): ChatFormat => {
  const begin = beginToken(tokenizer);
  return {
    controlTokens: begin === undefined ? [] : [begin],
    stop: { texts: [STOP] },
    hasExtensionProperty: true,
    begin: begin === undefined ? nothing : fixedText(begin),

    renderMessage(message, { at, warn }) {
      if (message.tool_calls?.length) warn(`${at}.tool_calls: the format has no tools, they are left out`);
      return {
        header: markup`${capitalize(message.role)}:`,
        output: [markup` ${onlyText(message, at)}\n\n`],
        stopOverlap: isAssistant(message) ? markup`User:` : nothing,
      };
    },
    parse,
    toOpenAiMessage: message => toOpenAiMessage(message, { thinking: 'inline' }),
  };
};

function beginToken(tokenizer: Tokenizer): string | undefined {
  const { bosTokenId } = tokenizer;
  return bosTokenId === undefined ? undefined : tokenizer.decode([bosTokenId]);
}

/** The end token is as good an end as the stop text, but not after it. */
function parse(tokens: readonly number[], decoder: Decoder): ParsedResponse {
  const { eosTokenId } = decoder;
  const endsWithEos = eosTokenId !== undefined && tokens.at(-1) === eosTokenId;
  const pieces = decoder.decode(endsWithEos ? tokens.slice(0, -1) : tokens).split(STOP);
  const content = pieces[0]!.replace(/^ /, '').replace(/\n\n$/, '');
  const isStopped = pieces.length === 2 && !endsWithEos;
  const isEnded = pieces.length === 1 && endsWithEos;
  return {
    message: { role: 'assistant', content },
    termination: isStopped ? 'stop_sequence' : isEnded ? 'eos' : 'malformed',
  };
}
