/**
 * `qwen3_8_{xhigh,medium,low}_reasoning`, `qwen3_8_disable_thinking`: Qwen3.8.
 *
 *     <|im_start|>system⏎Reasoning effort is set to low. ...⏎⏎Be short.<|im_end|>⏎
 *     <|im_start|>user⏎What is 4 + 5?<|im_end|>⏎<|im_start|>assistant⏎<think>⏎⏎</think>⏎⏎9<|im_end|>
 *
 * Qwen3.5 with a sentence about effort in front of (or as) the system message, and with thoughts kept in history: every
 * assistant has a block. The format claims no extension property all the same: a turn without thoughts is sampled after
 * `<think>⏎`, while history merges the two newlines of its empty block into one token.
 */
import { type Message, textOf } from '@tinsmith/core';
import type { ChatFormat, FormatFactory } from '../contract/format.js';
import { nothing } from '../contract/markup.js';
import { hasThinkingPart, isAssistant, partsOf } from '../contract/messages.js';
import { dumps } from '../python/json.js';
import { strip } from '../python/text.js';
import { emptyBlock } from './qwen3.js';
import { type PromptBlock, qwen3_5Format, qwen3_5Style } from './qwen3-5.js';

const EFFORT = {
  xhigh:
    'Reasoning effort is set to xhigh. Please think carefully through the task, validate key assumptions, consider plausible alternatives, and prioritize correctness, consistency, and clarity in the final answer.',
  medium: '',
  low: 'Reasoning effort is set to low. Keep your thinking brief and focused, moving directly to the conclusion without unnecessary elaboration.',
};

export const qwen3_8 =
  (effort: keyof typeof EFFORT): FormatFactory =>
  options =>
    qwen3_8Format('open', EFFORT[effort], options);
export const qwen3_8DisableThinking: FormatFactory = options => qwen3_8Format('closed', '', options);

function qwen3_8Format(
  block: PromptBlock,
  instruction: string,
  { stripThinkingFromHistory: strips = false }: Parameters<FormatFactory>[0],
): ChatFormat {
  const style = qwen3_5Style(strips, block, value => (typeof value === 'string' ? value : dumps(value)));
  const format = qwen3_5Format(
    {
      ...style,
      // Only parts count as thoughts here: a tag inside a text is text.
      beforeText: (message, { index, lastUserIndex }) =>
        (strips && index <= lastUserIndex) || hasThinkingPart(message) ? nothing : emptyBlock,
      hidesThinking: (message, { index, lastUserIndex }) =>
        strips && isAssistant(message) && index <= lastUserIndex,
    },
    { strips: true, block },
  );
  return { ...format, prepare: messages => instruct(messages, instruction) };
}

/** An empty system message is left out, as in the template. */
function instruct(messages: readonly Message[], instruction: string): readonly Message[] {
  const [first, ...rest] = messages;
  if (first?.role !== 'system')
    return instruction === '' ? messages : [{ role: 'system', content: instruction }, ...messages];
  if (hasThinkingPart(first)) return instructParts(first, rest, messages, instruction);

  const text = strip(textOf(first));
  if (text === '' && instruction === '') return rest;
  const isInstructed = instruction === '' || text === instruction || text.startsWith(`${instruction}\n\n`);
  const content = isInstructed ? text : text === '' ? instruction : `${instruction}\n\n${text}`;
  return [{ ...first, content }, ...rest];
}

function instructParts(
  first: Message,
  rest: readonly Message[],
  messages: readonly Message[],
  instruction: string,
): readonly Message[] {
  const parts = partsOf(first);
  const isInstructed = parts[0]?.type === 'text' && parts[0].text.startsWith(instruction);
  if (instruction === '' || isInstructed) return messages;
  return [{ ...first, content: [{ type: 'text', text: `${instruction}\n\n` }, ...parts] }, ...rest];
}
