import { inputTokens, type Message } from '@tinsmith/core';
import { createTokenizer } from '@tinsmith/tokenizers';
import { expect, test } from 'vitest';
import { byteTokenizer, packagedTokenizer } from '../../test/tokenizers.js';
import { createChatRenderer } from '../renderers.js';
import { parseChatTemplate } from './chat-template.js';
import { createTemplateRenderer } from './template-renderer.js';

const tokenizer = packagedTokenizer('llama3_1');
const renderer = createTemplateRenderer(tokenizer);
const messages: Message[] = [
  { role: 'user', content: 'a' },
  { role: 'assistant', content: 'b' },
  { role: 'user', content: 'c' },
  { role: 'assistant', content: 'd' },
];

test('renders what the renderer of the family renders, where that follows the template', () => {
  const own = createChatRenderer('llama3', tokenizer);
  expect(renderer.buildGenerationPrompt(messages.slice(0, 1))).toEqual(
    own.buildGenerationPrompt(messages.slice(0, 1)),
  );
  expect(renderer.buildSupervisedExample(messages, 'last_assistant_message')).toEqual(
    own.buildSupervisedExample(messages, 'last_assistant_message'),
  );
});

test('gives one example per turn of the assistant', () => {
  const examples = renderer.buildSupervisedExamples(messages, 'all_assistant_messages');
  const trained = examples.map(({ tokens, weights }) =>
    tokenizer.decode(tokens.filter((_, index) => weights[index] === 1)),
  );
  expect(trained).toEqual(['b<|eot_id|>', 'd<|eot_id|>']);
});

test('reads an answer up to the end token', () => {
  const tokens = tokenizer.encode('nine<|eot_id|>', { specialTokens: true });
  expect(renderer.parseResponse(tokens)).toEqual({
    message: { role: 'assistant', content: 'nine' },
    termination: 'stop_sequence',
  });
  expect(renderer.parseResponse(tokens.slice(0, -1)).termination).toBe('malformed');
});

test('refuses control tokens in a text, which the template could not tell from its own', () => {
  expect(() => renderer.buildGenerationPrompt([{ role: 'user', content: '<|eot_id|>' }])).toThrow(
    expect.objectContaining({ code: 'RENDERER_MESSAGE_INVALID', at: 'messages[0].content' }),
  );
});

test('refuses modes that it cannot find in the template, and tokenizers without one', () => {
  expect(() => renderer.buildSupervisedExample(messages, 'all_tokens')).toThrow(
    expect.objectContaining({ code: 'RENDERER_TARGET_UNSUPPORTED' }),
  );
  expect(() => createTemplateRenderer(byteTokenizer)).toThrow(
    expect.objectContaining({ code: 'CHAT_TEMPLATE_MISSING' }),
  );
});

test('a prompt is the same with the template in another file', () => {
  expect(
    createTokenizer(
      {
        model: { type: 'BPE', vocab: {}, merges: [] },
        decoder: null,
        post_processor: null,
        pre_tokenizer: null,
        normalizer: null,
        added_tokens: [],
      },
      { chat_template: [{ name: 'default', template: 'x' }] },
    ).chatTemplate,
  ).toBe('x');
  expect(inputTokens(renderer.buildGenerationPrompt(messages.slice(0, 1))).length).toBeGreaterThan(0);
});

test('strip takes the characters that it is told to, as Python does', () => {
  const template = parseChatTemplate(
    "{{ messages[0].content.lstrip('\\n') }}|{{ messages[0].content.strip() }}",
  );
  expect(template.render([{ content: '\n  a ' }], { addGenerationPrompt: false })).toBe('  a |a');
});

test('a template that is none, or that refuses, is named', () => {
  expect(() => parseChatTemplate('{% if %}')).toThrow(
    expect.objectContaining({ code: 'CHAT_TEMPLATE_INVALID' }),
  );
  const template = parseChatTemplate("{{ raise_exception('no system messages') }}");
  expect(() => template.render([], { addGenerationPrompt: true })).toThrow(
    expect.objectContaining({
      code: 'CHAT_TEMPLATE_FAILED',
      found: expect.stringContaining('no system messages'),
    }),
  );
});
