import { writeFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { TinsmithError } from '@tinsmith/core';
import { temporaryFolder } from '@tinsmith/testkit';
import { expect, onTestFinished, test } from 'vitest';
import { apiKey, passwordFor } from './account.js';

const noSecrets = {
  require(): string {
    throw new TinsmithError({ code: 'SECRET_MISSING', message: 'not set' });
  },
};

test('a netrc file is read by words, whatever the lines', () => {
  const netrc = [
    'machine other.example login user password wrong',
    'machine api.wandb.ai # the team',
    '  login user password right',
    'default login anonymous password everybody',
  ].join('\n');
  expect(passwordFor('api.wandb.ai', netrc)).toBe('right');
  expect(passwordFor('elsewhere.example', netrc)).toBe('everybody');
  expect(passwordFor('api.wandb.ai', '')).toBeUndefined();
});

test('the key of the environment comes before that of the file; without both the error names both', () => {
  const folder = temporaryFolder();
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const environment = { HOME: folder };
  const url = 'https://api.wandb.ai';
  expect(() => apiKey(url, { environment, secrets: noSecrets })).toThrow(
    expect.objectContaining({
      code: 'WANDB_KEY_MISSING',
      found: expect.stringContaining(join(folder, '.netrc')),
    }),
  );
  writeFileSync(join(folder, '.netrc'), 'machine api.wandb.ai login user password from-the-file');
  expect(apiKey(url, { environment, secrets: noSecrets })).toBe('from-the-file');
  expect(apiKey(url, { environment, secrets: { require: () => 'from-outside' } })).toBe('from-outside');
});
