import type { Message, TrainOnWhat } from '@tinsmith/core';
import { expect, test } from 'vitest';
import { byteTokenizer } from '../../test/tokenizers.js';
import { createChatRenderer } from '../renderers.js';

const renderer = createChatRenderer('qwen3', byteTokenizer);
const call = (args: unknown, name: unknown = 'add') => ({
  role: 'assistant',
  content: '',
  tool_calls: [{ function: { name, arguments: args } }],
});

test.each<[string, unknown, string]>([
  ['no content', { role: 'user' }, 'content'],
  ['no role', { content: 'x' }, 'role'],
  ['an empty role', { role: '', content: 'x' }, 'role'],
  ['a number as content', { role: 'user', content: 7 }, 'content'],
  ['an image', { role: 'user', content: [{ type: 'image', image: 'x' }] }, 'content[0].type'],
  ['a part without its text', { role: 'user', content: [{ type: 'text' }] }, 'content[0].text'],
  ['half a character', { role: 'user', content: 'a\uD800' }, 'content'],
  [
    'half a character in a thought',
    { role: 'assistant', content: [{ type: 'thinking', thinking: '\uDC00' }] },
    'content[0].thinking',
  ],
  ['arguments that are not JSON', call('{bad'), 'tool_calls[0].function.arguments'],
  ['arguments that are no object', call('[1]'), 'tool_calls[0].function.arguments'],
  ['arguments that are no text', call({ a: 1 }), 'tool_calls[0].function.arguments'],
  ['a call without a name', call('{}', null), 'tool_calls[0].function.name'],
  ['a flag that is no boolean', { role: 'user', content: 'x', trainable: 'yes' }, 'trainable'],
  ['nothing', null, ''],
])('refuses a message with %s and says where', (_, message, field) => {
  const messages = [{ role: 'user', content: 'x' }, message] as Message[];
  const at = `messages[1]${field === '' ? '' : `.${field}`}`;
  const refusal = expect.objectContaining({ code: 'RENDERER_MESSAGE_INVALID', at });
  expect(() => renderer.buildGenerationPrompt(messages)).toThrow(refusal);
  expect(() => renderer.buildSupervisedExample(messages, 'all_assistant_messages')).toThrow(refusal);
});

test('trainable belongs to customized, on every message', () => {
  const messages: Message[] = [
    { role: 'user', content: 'x', trainable: false },
    { role: 'assistant', content: 'y' },
  ];
  expect(() => renderer.buildSupervisedExample(messages, 'customized')).toThrow(
    expect.objectContaining({ code: 'RENDERER_MESSAGE_INVALID', at: 'messages[1].trainable' }),
  );
  expect(() => renderer.buildSupervisedExample(messages, 'all_messages')).toThrow(
    expect.objectContaining({ code: 'RENDERER_MESSAGE_INVALID', at: 'messages[0].trainable' }),
  );
});

test('refuses to train on something that it does not know', () => {
  const messages: Message[] = [{ role: 'assistant', content: 'x' }];
  expect(() => renderer.buildSupervisedExample(messages, 'everything' as TrainOnWhat)).toThrow(
    expect.objectContaining({ code: 'RENDERER_TARGET_UNKNOWN' }),
  );
});

test('a renderer that disables thinking refuses to train a turn that thinks', () => {
  const messages: Message[] = [
    { role: 'user', content: 'x' },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'so' },
        { type: 'text', text: 'y' },
      ],
    },
  ];
  const disabled = createChatRenderer('qwen3_disable_thinking', byteTokenizer);
  expect(() => disabled.buildSupervisedExample(messages, 'last_assistant_message')).toThrow(
    expect.objectContaining({ code: 'RENDERER_THINKING_DISABLED', at: 'messages[1].content' }),
  );
});

test('what is odd is warned about once', () => {
  const warnings: string[] = [];
  const roleColon = createChatRenderer('role_colon', byteTokenizer, {
    onWarning: warning => warnings.push(warning),
  });
  const messages = [call('{}')] as Message[];
  roleColon.buildGenerationPrompt(messages);
  roleColon.buildGenerationPrompt(messages);
  expect(warnings).toEqual([
    'role_colon: messages[0].tool_calls: the format has no tools, they are left out',
  ]);
});
