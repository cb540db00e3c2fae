import { readFileSync } from 'node:fs';
import { Judges, Recipes } from '@tinsmith/core';
import engine from '@tinsmith/engine-local';
import renderers from '@tinsmith/renderers-chat';
import { createTestKit } from '@tinsmith/testkit';
import { expect, test } from 'vitest';
import plugin from './index.js';

const manifest = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
  readonly tinsmith: { readonly recipes: string[]; readonly presets: Readonly<Record<string, object>> };
};

test('provides the recipes that its package declares, each with three presets', async () => {
  await using kit = await createTestKit({ plugins: [plugin(), engine(), renderers()] });
  expect(manifest.tinsmith.recipes).toEqual(expect.arrayContaining(['dpo', 'rlhf', 'shorter']));
  for (const name of manifest.tinsmith.recipes) {
    expect(await kit.get(Recipes, name)).toMatchObject({ specification: 'v1' });
    expect(Object.keys(manifest.tinsmith.presets[name]!)).toEqual(['default', 'smollm2', 'reference']);
  }
});

test('provides its judges', async () => {
  await using kit = await createTestKit({ plugins: [plugin(), engine(), renderers()] });
  for (const name of ['endpoint', 'reward-model', 'shorter'])
    expect(await kit.get(Judges, name)).toMatchObject({ specification: 'v1' });
});

test('has the name and the version of its package', () => {
  const { name, version } = plugin.definition;
  expect(manifest).toMatchObject({ name, version });
});
