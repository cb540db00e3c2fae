import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Message, Models } from '@tinsmith/core';
import { Kernel } from '@tinsmith/core/kernel';
import { compareWithTemplate, createChatRenderer } from '@tinsmith/renderers-chat/library';
import { loadTokenizer } from '@tinsmith/tokenizers';
import { expect, test } from 'vitest';
import pocket from './index.js';
import {
  assistant,
  createRandom,
  searchArguments,
  searchQuestion,
  searchTool,
  system,
  user,
} from './tasks/index.js';
import { drawExercises } from './train/mixture.js';
import { learning as habits } from './train/settings.js';

const names = ['pocket', 'pocket-teacher'];

async function folderOf(name: string): Promise<string> {
  await using kernel = await Kernel.boot([pocket()]);
  const { folder } = await kernel.get(Models, name);
  return folder!;
}

const readJson = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;

test('provides model folders in Hugging Face layout, and the renderers that fit', async () => {
  await using kernel = await Kernel.boot([pocket()]);
  expect(kernel.registry(Models).names()).toEqual(names);
  for (const name of names) {
    const { folder, renderers } = await kernel.get(Models, name);
    for (const file of ['config.json', 'model.safetensors', 'tokenizer.json', 'tokenizer_config.json'])
      expect(existsSync(join(folder!, file)), file).toBe(true);
    expect(renderers).toEqual(['qwen3_instruct', 'qwen3', 'qwen3_disable_thinking']);
  }
});

test('both models have one tokenizer, with as many pieces as they have rows, and end a turn with its end token', async () => {
  const [first, second] = await Promise.all(names.map(folderOf));
  for (const file of ['tokenizer.json', 'tokenizer_config.json'])
    expect(readFileSync(join(first!, file), 'utf8')).toBe(readFileSync(join(second!, file), 'utf8'));
  const tokenizer = await loadTokenizer(first!);
  const end = tokenizer.tokenId('<|im_end|>');
  for (const folder of [first!, second!])
    expect(readJson(join(folder, 'config.json'))).toMatchObject({ eos_token_id: end, vocab_size: end! + 1 });
  expect(tokenizer.eosTokenId).toBe(end);
});

test('the packaged tokenizer spells what it was made for in few pieces, and anything else without loss', async () => {
  const tokenizer = await loadTokenizer(await folderOf('pocket'));
  const pieces = (text: string) => tokenizer.encode(text).map(id => tokenizer.piece(id));
  expect(pieces('What is 57 + 100?')).toEqual(['What', 'Ġis', 'Ġ', '5', '7', 'Ġ+', 'Ġ', '1', '0', '0', '?']);
  expect(pieces('<tool_call>')).toEqual(['<tool_call>']);
  const random = createRandom(1);
  const noise = Array.from({ length: 300 }, () => String.fromCodePoint(random.integer(0, 0xd7ff))).join('');
  const texts = drawExercises(500, 1, { seed: 9, mixture: 'broad', habits }).flatMap(({ exercise }) =>
    exercise.messages.map(({ content }) => content),
  );
  for (const text of [...texts, noise, '日本語 🙂 e\u0301'])
    expect(tokenizer.decode(tokenizer.encode(text))).toBe(text);
});

test('the chat template and the renderer give the same tokens, with tools and without', async () => {
  const tokenizer = await loadTokenizer(await folderOf('pocket'));
  const renderer = createChatRenderer('qwen3_instruct', tokenizer);
  const chats: (readonly Message[])[] = drawExercises(300, 1, { seed: 4, mixture: 'broad', habits })
    .map(({ exercise }) => exercise)
    .filter(exercise => !exercise.renderer && exercise.messages[0]!.content[0] !== '\n') // the renderer keeps a header's line end apart
    .map(({ tools, messages }) =>
      tools ? [...renderer.declareTools(tools, messages[0]!.content), ...messages.slice(1)] : messages,
    );
  chats.push([
    system('x'),
    user('y'),
    { ...assistant('Let me see.'), tool_calls: [call('a'), call('b')] },
    user('z'),
  ]);
  for (const messages of chats) {
    const request = {
      renderer,
      tokenizer,
      chatTemplate: tokenizer.chatTemplate!,
      messages,
      as: 'example',
    } as const;
    expect(compareWithTemplate(request).firstDifference, JSON.stringify(messages)).toBeUndefined();
  }
});

test('the chat template declares tools as the renderer does', async () => {
  const tokenizer = await loadTokenizer(await folderOf('pocket'));
  const renderer = createChatRenderer('qwen3_instruct', tokenizer);
  const { messages } = searchQuestion(createRandom(3), { searches: 1, misreads: 0, documents: 3 });
  const declared = [...renderer.declareTools([searchTool], messages[0]!.content), ...messages.slice(1)];
  const ours = renderer.buildSupervisedExample(declared, 'all_tokens').tokens;
  const { template } = compareWithTemplate({
    renderer,
    tokenizer,
    chatTemplate: tokenizer.chatTemplate!,
    messages,
    as: 'example',
    variables: { tools: [{ type: 'function', function: searchTool }] },
  });
  expect(template).toEqual(ours);
});

test('has the name and the version of its package', () => {
  const manifest = readJson(new URL('../package.json', import.meta.url).pathname);
  const { name, version } = pocket.definition;
  expect(manifest).toMatchObject({ name, version });
});

function call(query: string) {
  return { function: { name: 'search', arguments: searchArguments(query) } };
}
