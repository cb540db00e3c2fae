import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Models } from '@tinsmith/core';
import { Kernel } from '@tinsmith/core/kernel';
import { Tokenizer } from '@huggingface/tokenizers';
import { expect, test } from 'vitest';
import pocket from './index.js';
import { createRandom } from './train/random.js';
import { conversations } from './train/skills.js';

async function modelFolder(): Promise<string> {
  await using kernel = await Kernel.boot([pocket()]);
  const { folder } = await kernel.get(Models, 'pocket');
  return folder!;
}

const readJson = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;

test('provides a model folder in Hugging Face layout, and the renderer that fits', async () => {
  await using kernel = await Kernel.boot([pocket()]);
  expect(kernel.registry(Models).names()).toEqual(['pocket']);
  const { folder, renderers } = await kernel.get(Models, 'pocket');
  for (const file of ['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json'])
    expect(existsSync(join(folder!, file)), file).toBe(true);
  expect(renderers).toEqual(['qwen3_instruct']);
});

test('the packaged tokenizer has as many pieces as the model has rows, and ends a turn with its end token', async () => {
  const folder = await modelFolder();
  const tokenizer = new Tokenizer(
    readJson(join(folder, 'tokenizer.json')),
    readJson(join(folder, 'tokenizer_config.json')),
  );
  const config = readJson(join(folder, 'config.json'));
  const end = tokenizer.token_to_id('<|im_end|>');
  expect(config['eos_token_id']).toBe(end);
  expect(config['vocab_size']).toBe(end! + 1);
});

test('the packaged tokenizer spells what it was made for in few pieces, and anything else without loss', async () => {
  const folder = await modelFolder();
  const tokenizer = new Tokenizer(
    readJson(join(folder, 'tokenizer.json')),
    readJson(join(folder, 'tokenizer_config.json')),
  );
  expect(tokenizer.encode('What is 57 + 100?').tokens).toEqual([
    'What',
    'Ġis',
    'Ġ',
    '5',
    '7',
    'Ġ+',
    'Ġ',
    '1',
    '0',
    '0',
    '?',
  ]);
  const random = createRandom(1);
  const noise = Array.from({ length: 300 }, () => String.fromCodePoint(random.integer(0, 0xd7ff))).join('');
  const texts = conversations(200, 1, { seed: 9, wrongShare: 0, easyShare: 0 }).flatMap(chat =>
    chat.map(({ content }) => content),
  );
  for (const text of [...texts, noise, '日本語 🙂 e\u0301'])
    expect(tokenizer.decode(tokenizer.encode(text).ids, { clean_up_tokenization_spaces: false })).toBe(text);
});

test('has the name and the version of its package', () => {
  const manifest = readJson(new URL('../package.json', import.meta.url).pathname);
  const { name, version } = pocket.definition;
  expect(manifest).toMatchObject({ name, version });
});
