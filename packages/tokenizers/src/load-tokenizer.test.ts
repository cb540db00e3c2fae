import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { createHub } from '@tinsmith/hub';
import { expect, onTestFinished, test } from 'vitest';
import { FakeHub } from '../../hub/test/fake-hub.js';
import { loadTokenizer } from './index.js';

const model = fileURLToPath(new URL('../../../fixtures/models/TinyStories-656K', import.meta.url));
const repo = 'owner/stories';
const ids = [201, 282];

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'tinsmith-tokenizers-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('of a model on the hub only the tokenizer is fetched, and found again without network', async () => {
  const cacheFolder = temporaryFolder();
  const expected = (await loadTokenizer(model)).decode(ids);
  {
    await using fake = await FakeHub.start();
    fake.put(`models/${repo}`, {
      'tokenizer.json': readFileSync(join(model, 'tokenizer.json')),
      'chat_template.jinja': 'a template',
      'model.safetensors': 'weights',
    });
    const tokenizer = await loadTokenizer(repo, {
      hub: createHub({ endpoint: fake.endpoint, cacheFolder }, {}),
    });
    expect(tokenizer.decode(ids)).toBe(expected);
    expect(tokenizer.chatTemplate).toBe('a template');
    expect(fake.requestsOf('model.safetensors')).toEqual([]);
  }
  const offline = createHub({ cacheFolder, offline: true }, {});
  expect((await loadTokenizer(repo, { hub: offline })).decode(ids)).toBe(expected);
});

test('folders of models are searched first', async () => {
  const folder = temporaryFolder();
  mkdirSync(join(folder, 'owner'));
  symlinkSync(model, join(folder, repo));
  const hub = createHub({ localFolders: { model: [folder] }, offline: true, cacheFolder: folder }, {});
  expect((await loadTokenizer(repo, { hub })).decode(ids)).toBe((await loadTokenizer(model)).decode(ids));
});

test('says what is missing: the files to put where, the file of the model, the folder', async () => {
  const hub = createHub({ offline: true, cacheFolder: temporaryFolder() }, {});
  await expect(loadTokenizer(repo, { hub })).rejects.toMatchObject({
    code: 'HUB_NOT_CACHED',
    fix: expect.stringContaining('tokenizer.json') as string,
  });
  await using fake = await FakeHub.start();
  fake.put(`models/${repo}`, { 'model.gguf': 'x' });
  const online = createHub({ endpoint: fake.endpoint, cacheFolder: temporaryFolder() }, {});
  await expect(loadTokenizer(repo, { hub: online })).rejects.toMatchObject({ code: 'HUB_FILE_UNKNOWN' });
  await expect(loadTokenizer('nowhere', { hub })).rejects.toThrow(
    /no tokenizer in .*nowhere: there is no such folder/,
  );
  await expect(loadTokenizer(temporaryFolder(), { hub })).rejects.toThrow('there is no file tokenizer.json');
});
