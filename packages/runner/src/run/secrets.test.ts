import { expect, test } from 'vitest';
import { environmentSecrets, redactor } from './secrets.js';

test('a secret comes from the environment; a missing or empty one says what to set', () => {
  const secrets = environmentSecrets({ TINKER_API_KEY: 'abc', EMPTY: '' });
  expect(secrets.require('TINKER_API_KEY')).toBe('abc');
  for (const name of ['OTHER_KEY', 'EMPTY']) {
    expect(() => secrets.require(name)).toThrow(
      expect.objectContaining({ code: 'SECRET_MISSING', fix: `export ${name}=...` }),
    );
  }
});

test('values of secret-looking variables are replaced by their names, ordinary ones stay', () => {
  const redact = redactor({
    WANDB_API_KEY: '0123456789',
    HF_TOKEN: 'short',
    HOME: '/home/someone',
    A_KEY: undefined,
  });
  expect(redact('key=0123456789 in /home/someone, short of it: 0123456789')).toBe(
    'key=<WANDB_API_KEY> in /home/someone, short of it: <WANDB_API_KEY>',
  );
});
