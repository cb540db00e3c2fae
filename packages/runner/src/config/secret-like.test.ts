import { expect, test } from 'vitest';
import { findSecrets, looksSecret } from './secret-like.js';

test.for([
  'apiKey',
  'api_key',
  'wandbApiKey',
  'token',
  'authToken',
  'hf_token',
  'password',
  'clientSecret',
  'access_key',
  'privateKey',
])('a text for %s is a secret', key => expect(looksSecret(key, 'abc')).toBe(true));

test.for([
  'stopToken',
  'maxTokens',
  'padToken',
  'eos_token',
  'tokenizer',
  'key',
  'keyboard',
  'model',
  'secretary',
  'tokens',
])('a text for %s is none', key => expect(looksSecret(key, 'abc')).toBe(false));

test('the name of an environment variable, a reference to one, a number and an empty text are no secrets', () => {
  for (const value of ['TINKER_API_KEY', '${TINKER_API_KEY}', 3, '', undefined])
    expect(looksSecret('apiKey', value)).toBe(false);
});

test('texts in the form of known keys are secrets under any name, at any depth', () => {
  const config = {
    a: [{ b: 'hf_abcdefghijklmnopqrst' }],
    c: 'Qwen/Qwen3-8B',
    d: { note: 'sk-abcdefghijklmnopqrst' },
  };
  expect(findSecrets(config)).toEqual([
    ['a', 0, 'b'],
    ['d', 'note'],
  ]);
});
