import { readFileSync } from 'node:fs';
import { inputTokens, Renderers } from '@tinsmith/core';
import { Kernel } from '@tinsmith/core/kernel';
import { knownModels } from '@tinsmith/training';
import { expect, test } from 'vitest';
import { byteTokenizer } from '../test/tokenizers.js';
import { formats } from './formats/index.js';
import renderers from './index.js';
import { createChatRenderer, rendererNames } from './library.js';

test('provides its renderers by name, and the fallback on the model’s own template', async () => {
  await using kernel = await Kernel.boot([renderers()]);
  expect(kernel.registry(Renderers).names()).toEqual([...rendererNames, 'template']);
  const source = await kernel.get(Renderers, 'qwen3_instruct');
  expect(source.create(byteTokenizer).name).toBe('qwen3_instruct');
});

test('every name has a format, and every format a name', () => {
  expect(Object.keys(formats)).toEqual(rendererNames);
});

test('options of the plugin are defaults that the caller of a renderer can change', async () => {
  await using kernel = await Kernel.boot([renderers({ stripThinkingFromHistory: false })]);
  const source = await kernel.get(Renderers, 'qwen3');
  expect(source.create(byteTokenizer).hasExtensionProperty).toBe(true);
  expect(source.create(byteTokenizer, { stripThinkingFromHistory: true }).hasExtensionProperty).toBe(false);
});

test('every renderer that a known model recommends is there, but the one of another project', () => {
  const recommended = new Set([...knownModels.values()].flatMap(model => model.renderers));
  expect([...recommended].filter(name => !rendererNames.includes(name))).toEqual(['tml_v0']);
});

test.each(['<|im_start|>', '<|im_end|>'])('refuses a tokenizer without %s', missing => {
  const tokenizer = {
    ...byteTokenizer,
    tokenId: (piece: string) => (piece === missing ? undefined : byteTokenizer.tokenId(piece)),
  };
  expect(() => createChatRenderer('qwen3_instruct', tokenizer)).toThrow(
    expect.objectContaining({ code: 'RENDERER_TOKEN_MISSING', message: expect.stringContaining(missing) }),
  );
});

test('names the renderers there are for an unknown one', () => {
  expect(() => createChatRenderer('qwen', byteTokenizer)).toThrow(
    expect.objectContaining({ code: 'RENDERER_UNKNOWN', found: expect.stringContaining('qwen3_instruct') }),
  );
});

test('chatml writes the system message of SmolLM2’s template, unless there is one', () => {
  const renderer = createChatRenderer('chatml', byteTokenizer);
  const prompt = (role: string) =>
    byteTokenizer.decode(inputTokens(renderer.buildGenerationPrompt([{ role, content: 'a' }])));
  expect(prompt('user')).toBe(
    '<|im_start|>system\nYou are a helpful AI assistant named SmolLM, trained by Hugging Face<|im_end|>\n<|im_start|>user\na<|im_end|>\n<|im_start|>assistant\n',
  );
  expect(prompt('system')).toBe('<|im_start|>system\na<|im_end|>\n<|im_start|>assistant\n');
});

test('has the name and the version of its package', () => {
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as object;
  const { name, version } = renderers.definition;
  expect(manifest).toMatchObject({ name, version });
});
