import { expect, test } from 'vitest';
import { conversations, skills } from './skills.js';

const options = { seed: 0, wrongShare: 0.5, easyShare: 0.1 };

test('gives the same conversations for the same seed and batch, in whatever order batches are asked for', () => {
  const later = conversations(50, 7, options);
  conversations(50, 6, options);
  expect(conversations(50, 7, options)).toEqual(later);
  expect(conversations(50, 8, options)).not.toEqual(later);
  expect(conversations(50, 7, { ...options, seed: 1 })).not.toEqual(later);
});

test('shares add up to one', () => {
  expect(skills.reduce((sum, skill) => sum + skill.share, 0)).toBeCloseTo(1, 12);
});

test('every conversation alternates between user and assistant and ends with the assistant', () => {
  for (const chat of conversations(2000, 0, options)) {
    const roles = chat.map(message => message.role).filter(role => role !== 'system');
    expect(roles).toEqual(roles.map((_, index) => (index % 2 === 0 ? 'user' : 'assistant')));
    expect(roles.length % 2).toBe(0);
  }
});

test('a request to say or repeat is answered with just those words', () => {
  const chats = conversations(2000, 0, options).map(chat =>
    chat.filter(message => message.role !== 'system'),
  );
  const requests = chats.filter(([asked]) => /^(Please |)(say|repeat)/i.test(asked!.content));
  expect(requests.length).toBeGreaterThan(100);
  for (const [asked, answered] of requests)
    expect(asked!.content.replace(/\.$/, '').endsWith(answered!.content)).toBe(true);
});
