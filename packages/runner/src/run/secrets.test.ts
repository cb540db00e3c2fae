import { expect, test } from 'vitest';
import { EnvironmentSecrets } from './secrets.js';

test('a secret is handed out by name; one that is not set is named', () => {
  const secrets = new EnvironmentSecrets({ TINKER_API_KEY: 'tml-abcdef', EMPTY_KEY: '' });
  expect(secrets.require('TINKER_API_KEY')).toBe('tml-abcdef');
  for (const name of ['EMPTY_KEY', 'OTHER_KEY']) {
    expect(() => secrets.require(name)).toThrow(
      expect.objectContaining({ code: 'SECRET_MISSING', fix: `export ${name}=...` }),
    );
  }
});

test('values of secret-looking variables are replaced by their names, short and plain ones are not', () => {
  const { redact } = new EnvironmentSecrets({
    TINKER_API_KEY: 'tml-abcdef',
    SHORT_TOKEN: 'abc',
    SESSION_TOKEN: '12345678',
    HOME: '/home/somebody',
    UNSET_KEY: undefined,
  });
  expect(redact('key tml-abcdef abc 0.12345678 /home/somebody tml-abcdef')).toBe(
    'key <TINKER_API_KEY> abc 0.12345678 /home/somebody <TINKER_API_KEY>',
  );
});

test('a secret that was asked for is hidden whatever it is called, also as JSON and URLs write it', () => {
  const secrets = new EnvironmentSecrets({ MINE: 'a "b" c/d' });
  expect(secrets.redact('a "b" c/d')).toBe('a "b" c/d');
  secrets.require('MINE');
  const texts = [
    'a "b" c/d',
    JSON.stringify({ x: 'a "b" c/d' }),
    `https://h/?k=${encodeURIComponent('a "b" c/d')}`,
  ];
  expect(texts.map(secrets.redact)).toEqual(['<MINE>', '{"x":"<MINE>"}', 'https://h/?k=<MINE>']);
});

test('of two values the longer is replaced whole, also where it begins with the other', () => {
  const { redact } = new EnvironmentSecrets({
    A_KEY: 'abcd.1234',
    B_KEY: 'abcd.1234-and-more',
    C_KEY: '$(x|y)*z]',
  });
  expect(redact('abcd.1234-and-more abcd.1234 abcdx1234 $(x|y)*z]')).toBe(
    '<B_KEY> <A_KEY> abcdx1234 <C_KEY>',
  );
});

test('a value that was asked for and is an ordinary word is not replaced', () => {
  const secrets = new EnvironmentSecrets({ OPENAI_API_KEY: 'local' });
  expect(secrets.require('OPENAI_API_KEY')).toBe('local');
  expect(secrets.redact('{"engine":"local"}')).toBe('{"engine":"local"}');
});
