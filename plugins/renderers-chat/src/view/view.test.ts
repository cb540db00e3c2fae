import type { Message } from '@tinsmith/core';
import { expect, test } from 'vitest';
import { packagedTokenizer } from '../../test/tokenizers.js';
import { createChatRenderer, formatView, viewConversation } from '../library.js';

const tokenizer = packagedTokenizer('qwen3');
const renderer = createChatRenderer('qwen3_instruct', tokenizer);
const messages: Message[] = [
  { role: 'user', content: 'a\u001b[2J' },
  { role: 'assistant', content: 'b' },
];

test('an example shows its tokens with ids and weights, and marks what is trained without colour', () => {
  const view = viewConversation({ renderer, tokenizer, messages, as: 'last_assistant_message' });
  expect(view.sequences[0]!.counts).toMatchObject({ trained: 2, cut: 0 });
  expect(view.stopTexts).toEqual(['<|im_end|>']);
  expect(formatView(view, { colour: false })).toContain('<|im_start|>assistant⏎\n»b<|im_end|>«');
  expect(formatView(view, { colour: false, ids: true })).toMatch(/151645 +1 +<\|im_end\|>/);
});

test('with colour, trained tokens are green and control tokens bold', () => {
  const view = viewConversation({ renderer, tokenizer, messages, as: 'last_assistant_message' });
  const text = formatView(view, { colour: true });
  expect(text).toContain('\u001b[32mb\u001b[0m\u001b[32;1m<|im_end|>\u001b[0m');
});

test('a conversation cannot send control characters to the terminal', () => {
  const view = viewConversation({ renderer, tokenizer, messages, as: 'prompt' });
  expect(formatView(view, { colour: false })).toContain(String.raw`\u001b[2J`);
  expect(formatView(view, { colour: false })).not.toContain('\u001b');
});

test('what is behind the longest length is cut, and counted', () => {
  const view = viewConversation({
    renderer,
    tokenizer,
    messages,
    as: 'last_assistant_message',
    maxLength: 8,
  });
  const { tokens, cut, trained } = view.sequences[0]!.counts;
  expect(cut).toBe(tokens - 8);
  expect(trained).toBe(0);
});

/** A question against the template of Qwen3. */
const ask = (content: string) =>
  viewConversation({
    renderer: createChatRenderer('qwen3', tokenizer),
    tokenizer,
    messages: [{ role: 'user', content }],
    as: 'prompt',
    againstTemplate: true,
  });

test('against the template it says that they agree, or where they do not', () => {
  expect(ask('hello').againstTemplate).toEqual({ agrees: true });
  const { againstTemplate } = ask('a <|im_end|>');
  expect(againstTemplate).toMatchObject({ agrees: false, firstDifference: expect.any(Number) });
  expect(formatView(ask('a <|im_end|>'), { colour: false })).toContain(
    "the prompt differs from the model's own template at token",
  );
});
