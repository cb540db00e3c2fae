/** `tinsmith run --dry-run`: what it shows, and that it leaves nothing behind. */
import { expect, test } from 'vitest';
import { fileEngine } from './plugins.js';
import { Project } from './project.js';

/** Options: kind, what the recipe does first. */
const recipe = `
import { definePlugin, defineRecipe, Engines, Recipes, modelInput, int64, float32 } from '@tinsmith/core';
import { z } from 'zod';

const datum = (tokens, weights) => ({
  modelInput: modelInput(tokens.slice(0, -1)),
  lossFnInputs: { target_tokens: int64(tokens.slice(1)), weights: float32(weights.slice(1)) },
});

const first = defineRecipe({
  uses: { engine: Engines },
  options: z.object({ modelName: z.string(), kind: z.enum(['supervised', 'rl', 'nothing', 'broken']) }),
  async run(run, { modelName, kind }, { engine }) {
    const tokenizer = await engine.getTokenizer(modelName);
    run.log('read 2 rows');
    run.plan(10);
    if (kind === 'nothing') return;
    if (kind === 'broken') throw new Error('the dice fell off the table');
    const training = await engine.createLoraTrainingClient({ baseModel: modelName, rank: 4 });
    const ab = tokenizer.encode('ab');
    await run.step(0, async () => {
      const policy = await training.saveWeightsAndGetSamplingClient();
      await run.span('run_evals', () =>
        policy.sample({ prompt: modelInput(ab), numSamples: 3, samplingParams: { maxTokens: 1, stop: [] } }));
      if (kind === 'supervised') {
        await training.forward([datum(ab, [0, 1])], 'cross_entropy');
        await training.forwardBackward([datum(tokenizer.encode('abcd'), [0, 0, 1, 1]), datum(ab, [0, 0])], 'cross_entropy');
      }
      await Promise.all([1, 2].map(() =>
        policy.sample({ prompt: modelInput(ab), numSamples: 8, samplingParams: { maxTokens: 5, stop: ['\\n'] } })));
      throw new Error('must not be reached');
    });
  },
});

export default definePlugin({
  name: 'first', version: '0.0.1',
  setup: ({ provide }) => provide(Recipes, 'first', { create: () => first }),
});
`;
const engine = fileEngine.replace(
  "specification: 'v1',",
  `specification: 'v1',
   tokenPrices: () => ({ prefill: 1, sample: 2, train: 3 }),
   estimate: async size => ({ memoryBytes: 3 * 2 ** 20, seconds: 2, basis: JSON.stringify(size) }),
   getTokenizer: async () => ({
     encode: text => [...text].map(character => character.codePointAt(0)),
     decode: tokens => String.fromCodePoint(...tokens),
   }),`,
);

function project(kind: string): Project {
  return new Project({
    'recipe.ts': recipe,
    'engine.js': engine,
    'tinsmith.config.yaml': `plugins: [./recipe.ts, ./engine.js]
recipe: { use: first, with: { engine: files, modelName: letters, kind: ${kind} } }
log_path: runs/a
`,
  });
}

async function dryRun(kind: string) {
  using made = project(kind);
  const before = made.list();
  const result = await made.run(['run', '--dry-run']);
  expect(made.list()).toEqual(before);
  return { ...result, out: result.out.replaceAll(made.path, 'PROJECT') };
}

test('shows what is trained on first, targets marked, and how much it is', async () => {
  expect(await dryRun('supervised')).toEqual({
    code: 0,
    error: '',
    out: `first  from first; nothing was trained or sampled, no folder was made
model letters, LoRA rank 4
would go to PROJECT/runs/a

log: read 2 rows

first batch, cross_entropy: 2 examples; <<what is a target>>, the rest is context
example 1 of 2, 3 tokens
  ab<<cd>>
example 2 of 2, 1 token
  ab

  steps                       10
  tokens in the batch         4, longest example 3
  targets in the batch        2 (50 % of the tokens)
  examples without a target   1
  evaluated before it         3 samples, 1 sequence scored
  cost                        about $0.00001 per step, $0.0001 in all; without evaluations
  memory                      about 3 MiB
  time                        about 2.0 s per step, 20 s in all, without evaluations; {"baseModel":"letters","rank":4,"trained":[3,1],"sampled":[]}
`,
  });
});

const sampled = '{"promptTokens":2,"numSamples":8,"maxTokens":5}';

test('shows the prompts that are sampled from first', async () => {
  const { code, out } = await dryRun('rl');
  expect(code).toBe(0);
  expect(out.slice(out.indexOf('first batch'))).toBe(`first batch: 2 prompts, 16 samples
prompt 1, 2 tokens; 8 samples of up to 5 tokens at temperature 1, stop ["\\n"]
  ab
prompt 2, 2 tokens; 8 samples of up to 5 tokens at temperature 1, stop ["\\n"]
  ab

  steps                      10
  prompt tokens per batch    4, longest 2
  sampled tokens per batch   at most 80 in the first turn
  trained tokens per batch   at most 112 after the first turn
  evaluated before it        3 samples, 0 sequences scored
  cost                       about $0.0005 per step, $0.005 in all, at most, first turns alone; without evaluations
  memory                     about 3 MiB
  time                       about 2.0 s per step, 20 s in all with answers as long as they may be, without evaluations; {"baseModel":"letters","rank":4,"trained":[],"sampled":[${sampled},${sampled}]}
`);
});

test('says that memory and time are not known when the engine cannot tell', async () => {
  using made = project('rl');
  made.write({ 'engine.js': engine.replace(/estimate:.*/, '') });
  const { out } = await made.run(['run', '--dry-run']);
  expect(out).toContain('memory                     not known: the engine does not say\n');
  expect(out).toContain('time                       not known: the engine does not say\n');
});

test('says so when a recipe asks for nothing, and what it threw', async () => {
  expect((await dryRun('nothing')).out).toContain('the recipe ended before it asked for anything\n');
  const { code, error } = await dryRun('broken');
  expect({ code, error }).toEqual({ code: 1, error: expect.stringContaining('the dice fell off the table') });
});
