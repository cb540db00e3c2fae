import { definePlugin } from '@tinsmith/core';
import { z } from 'zod';
import { defineConfig } from './define.js';

const plain = definePlugin({ name: 'plain', version: '1.0.0', setup() {} });
const strict = definePlugin({
  name: 's',
  version: '1.0.0',
  config: z.object({ file: z.string() }),
  setup() {},
});

defineConfig({
  seed: 1,
  log_path: '~/runs/a',
  if_exists: 'delete',
  plugins: [plain, plain(), strict({ file: 'x' }), '@a/b', './c.ts', { use: '@a/b', with: { any: [1] } }],
  recipe: { use: 'rl', with: { engine: 'tinker', maxSteps: 3 } },
});
defineConfig({ extends: ['./base.yaml'], recipe: { with: { maxSteps: 3 } } });

// @ts-expect-error options of a plugin are checked where the plugin is called
strict({ fil: 'x' });
// @ts-expect-error there is no such key
defineConfig({ recipe: { use: 'rl' }, sed: 1 });
// @ts-expect-error there is no such value
defineConfig({ recipe: { use: 'rl' }, ifExists: 'resum' });
// @ts-expect-error a plugin is not an arbitrary object
defineConfig({ recipe: { use: 'rl' }, plugins: [{ name: 'x' }] });
