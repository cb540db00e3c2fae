/** Options inside an option, as users of the Cookbook type them. */
import { expect, test } from 'vitest';
import { Project } from './project.js';

const recipe = `
import { definePlugin, defineRecipe, Recipes } from '@tinsmith/core';
import { z } from 'zod';

const nested = defineRecipe({
  uses: {}, deps: {},
  options: z.object({
    streamMinibatchConfig: z.strictObject({ numMinibatches: z.int().positive() }).optional(),
    rolloutErrorTolerance: z.union([z.boolean(), z.strictObject({ maxRetries: z.int() })]).default(false),
    lossFnConfig: z.record(z.string(), z.number()).optional(),
  }),
  run: async () => {},
});

export default definePlugin({
  name: 'nested', version: '0.0.1',
  setup: ({ provide }) => provide(Recipes, 'nested', { create: () => nested }),
});
`;
const files = {
  'recipe.ts': recipe,
  'base.yaml': `plugins: [./recipe.ts]
recipe: { use: nested, with: { streamMinibatchConfig: { numMinibatches: 4 } } }
log_path: runs/a
`,
  'tinsmith.config.yaml': `extends: ./base.yaml
recipe:
  with:
    rollout_error_tolerance: { max_retries: 2 }
    stream_minibatch_config:
      num_minibatches: 8
`,
};

async function run(...args: readonly string[]) {
  using folder = new Project(files);
  const { code, error } = await folder.run(['run', ...args]);
  const record = code === 0 ? folder.read('runs/a/config.json') : '{}';
  return { code, error, options: (JSON.parse(record) as { recipe?: { with: unknown } }).recipe?.with };
}

test('a nested key is found in either spelling, the strongest layer wins, and keys of a free record stay', async () => {
  expect(await run()).toMatchObject({
    code: 0,
    options: { streamMinibatchConfig: { numMinibatches: 8 }, rolloutErrorTolerance: { maxRetries: 2 } },
  });
  const { error, options } = await run(
    'stream_minibatch_config.num_minibatches=2',
    'loss_fn_config.clip_low_threshold=0.8',
  );
  expect({ error, options }).toEqual({
    error: '',
    options: {
      streamMinibatchConfig: { numMinibatches: 2 },
      rolloutErrorTolerance: { maxRetries: 2 },
      lossFnConfig: { clip_low_threshold: 0.8 },
    },
  });
});

test('what is wrong is found where it was written', async () => {
  expect((await run('stream_minibatch_config.num_minibatches=none')).error).toContain(
    'recipe.with.streamMinibatchConfig.numMinibatches   stream_minibatch_config.num_minibatches=none',
  );
  expect((await run('rollout_error_tolerance.max_retries=1.5')).error).toContain(
    'rollout_error_tolerance.max_retries=1.5',
  );
  using folder = new Project({
    ...files,
    'tinsmith.config.yaml': files['tinsmith.config.yaml'].replace('num_minibatches: 8', 'num_minibatches: 0'),
  });
  expect((await folder.run(['check'])).error).toContain(
    'recipe.with.streamMinibatchConfig.numMinibatches   tinsmith.config.yaml:6',
  );
});

test('an unknown nested key is refused with the nearest name', async () => {
  const { code, error } = await run('stream_minibatch_config.num_minibatch=2');
  expect({ code, error }).toEqual({
    code: 2,
    error: expect.stringMatching(/OPTION_UNKNOWN.*\n[^]*numMinibatches/),
  });
});
