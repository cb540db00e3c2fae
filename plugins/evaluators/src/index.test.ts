import { readFileSync } from 'node:fs';
import { Commands, Evaluators } from '@tinsmith/core';
import { createTestKit } from '@tinsmith/testkit';
import { expect, test } from 'vitest';
import plugin from './index.js';

test('provides its evaluators and the command', async () => {
  await using kit = await createTestKit({ plugins: [plugin()] });
  for (const name of ['nll', 'gsm8k', 'math500', 'ifeval', 'sample-and-grade'])
    expect(await kit.get(Evaluators, name)).toMatchObject({ specification: 'v1' });
  const command = await kit.get(Commands, 'eval');
  const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    readonly tinsmith: { readonly commands: object };
  };
  expect(manifest).toMatchObject({ name: plugin.definition.name, version: plugin.definition.version });
  expect(manifest.tinsmith.commands).toMatchObject({ eval: command.description });
});

test('without a plugin that reads data, says which one to add', async () => {
  await using kit = await createTestKit({ plugins: [plugin()] });
  const source = await kit.get(Evaluators, 'nll');
  const evaluator = await source.create({ name: 'nll', dataset: 'chats.jsonl' });
  await expect(evaluator.evaluate({} as never)).rejects.toMatchObject({
    code: 'ROW_SOURCE_MISSING',
    fix: 'add @tinsmith/datasets-hub to `plugins`',
  });
});
