import { delimiter, join } from 'node:path';
import { expect, test } from 'vitest';
import { retryAfter } from './retry.js';
import { defaultCacheFolder, hubSettings } from './settings.js';

test('takes places and switches from the environment, and options before it', () => {
  const env = {
    TINSMITH_CACHE: '/cache',
    TINSMITH_MODELS: `/a${delimiter}/b`,
    TINSMITH_DATA: '/d',
    HF_ENDPOINT: 'https://mirror.example/',
    HF_TOKEN: ' hf_x ',
    TINSMITH_OFFLINE: 'true',
  };
  expect(hubSettings({}, env)).toMatchObject({
    cacheFolder: '/cache',
    endpoint: 'https://mirror.example',
    token: 'hf_x',
    offline: true,
    localFolders: { model: ['/a', '/b'], dataset: ['/d'] },
  });
  expect(hubSettings({ offline: false, cacheFolder: '/mine' }, env)).toMatchObject({
    offline: false,
    cacheFolder: '/mine',
  });
  expect(hubSettings({}, { TINSMITH_OFFLINE: '0' }).offline).toBe(false);
});

test('keeps files where the system keeps caches', () => {
  expect(defaultCacheFolder({ XDG_CACHE_HOME: '/x' }, 'linux')).toBe(join('/x', 'tinsmith'));
  expect(defaultCacheFolder({ LOCALAPPDATA: 'L' }, 'win32')).toBe(join('L', 'tinsmith', 'Cache'));
  expect(defaultCacheFolder({}, 'darwin')).toMatch(/Library.Caches.tinsmith$/);
});

test('reads Retry-After as seconds or as a date', () => {
  const now = Date.parse('Tue, 24 Nov 2026 10:00:00 GMT');
  expect(retryAfter('7', now)).toBe(7000);
  expect(retryAfter('Tue, 24 Nov 2026 10:00:05 GMT', now)).toBe(5000);
  expect(retryAfter('Tue, 24 Nov 2026 09:00:00 GMT', now)).toBe(0);
  expect(retryAfter('soon', now)).toBeUndefined();
  expect(retryAfter(null, now)).toBeUndefined();
});
