import { expect, test } from 'vitest';
import { packagedTokenizer } from '../../test/tokenizers.js';
import { createChatRenderer } from '../renderers.js';

const tokenizer = packagedTokenizer('qwen3');
const sampled = (text: string) => tokenizer.encode(text, { specialTokens: true });

test('text and thoughts come as they are sampled, without the tags', () => {
  const stream = createChatRenderer('qwen3', tokenizer).streamResponse!();
  const deltas = [
    ...sampled('<think>\nso\n</think>\n\n👩‍🚀 nine<|im_end|>').flatMap(token => stream.push(token)),
    ...stream.end(),
  ];
  const joined = (type: string, key: 'text' | 'thinking') =>
    deltas
      .map(delta => (delta.type === type ? (delta as unknown as Record<string, string>)[key] : ''))
      .join('');
  expect(deltas[0]).toEqual({ type: 'header', role: 'assistant' });
  expect(joined('thinking', 'thinking')).toBe('\nso\n');
  expect(joined('text', 'text')).toBe('\n\n👩‍🚀 nine');
  expect(deltas.every(delta => delta.type !== 'text' || !delta.text.includes('\uFFFD'))).toBe(true);
  expect(deltas.at(-1)).toMatchObject({
    type: 'message',
    message: {
      content: [
        { type: 'thinking', thinking: 'so' },
        { type: 'text', text: '👩‍🚀 nine' },
      ],
    },
  });
});

test('where the prompt opens the thoughts, nothing comes before it is known what they are', () => {
  const stream = createChatRenderer('qwen3_5', tokenizer).streamResponse!();
  const before = sampled('so it is').flatMap(token => stream.push(token));
  expect(before).toEqual([]);
  const after = sampled('\n</think>\n\nnine').flatMap(token => stream.push(token));
  expect(after.map(delta => delta.type)).toContain('thinking');
});
