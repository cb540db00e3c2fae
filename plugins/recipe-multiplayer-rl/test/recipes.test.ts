/** The recipes with a policy that is written down, and with the settings that ship. */
import { join } from 'node:path';
import { definePlugin, type Engine, Engines, inputTokens, MetricSinks, Models } from '@tinsmith/core';
import renderers from '@tinsmith/renderers-chat';
import { TestDirectory, ToyEngine, toyTokenizer as tokenizer } from '@tinsmith/testkit';
import { runConfig } from 'tinsmith';
import { expect, onTestFinished, test } from 'vitest';
import multiplayer from '../src/index.js';

const END = tokenizer.tokenId('<|im_end|>')!;

/** What the model says to a prompt; `cut` for a turn that was cut off behind it. */
type Policy = (prompt: string) => string | { readonly cut: string };

async function run(use: string, options: object, policy: Policy) {
  const folder = new TestDirectory();
  onTestFinished(() => folder.remove());
  const rows: Readonly<Record<string, number>>[] = [];
  class Scripted extends ToyEngine {
    override async createLoraTrainingClient() {
      const client = await super.createLoraTrainingClient();
      client.saveWeightsAndGetSamplingClient = async () => scriptedClient(policy);
      return client;
    }
    override createSamplingClient = async () => scriptedClient(policy);
  }
  const around = definePlugin({
    name: 'around',
    version: '1.0.0',
    setup({ provide }) {
      provide(Engines, 'scripted', { create: () => new Scripted(folder.path) });
      provide(Models, 'scripted', { create: () => ({ renderers: ['qwen3_instruct'] }) });
      provide(MetricSinks, { create: () => ({ write: async ({ metrics }) => void rows.push(metrics) }) });
    },
  });
  const outcome = await runConfig(
    {
      logPath: join(folder.path, 'run'),
      seed: 0,
      plugins: [around(), renderers(), multiplayer()],
      recipe: { use, with: { engine: 'scripted', modelName: 'scripted', maxSteps: 1, ...options } },
    },
    { output: { out: () => {}, error: () => {} } },
  );
  return { outcome, metrics: rows[0] };
}

function scriptedClient(policy: Policy): Awaited<ReturnType<Engine['createSamplingClient']>> {
  return {
    async sample({ prompt, numSamples }) {
      const said = policy(tokenizer.decode(inputTokens(prompt)));
      const isCut = typeof said !== 'string';
      const tokens = [...tokenizer.encode(isCut ? said.cut : said), ...(isCut ? [] : [END])];
      const stopReason = isCut ? ('length' as const) : ('stop' as const);
      const sequence = { tokens, logprobs: tokens.map(() => -1), stopReason };
      return { sequences: Array.from({ length: numSamples }, () => sequence) };
    },
    computeLogprobs: async () => [],
  };
}

/** Halves what the answers in the prompt leave. */
const halves: Policy = prompt => {
  let [low, high] = [0, 15];
  for (const [, guess, answer] of prompt.matchAll(
    /Guess: (\d+)<\|im_end\|>\n<\|im_start\|>user\nToo (low|high)/g,
  )) {
    if (answer === 'low') low = Number(guess) + 1;
    else high = Number(guess) - 1;
  }
  return `Guess: ${Math.floor((low + high) / 2)}`;
};

const small = { upperBound: 16, maxTurns: 5, batchSize: 1, groupSize: 2, testGroupSize: 1 };

test('a policy that halves wins every game, whatever its own guesses are called in the prompt', async () => {
  for (const playerRole of ['player', 'assistant']) {
    const { outcome, metrics } = await run('guess_number', { ...small, playerRole }, halves);
    expect(outcome).toMatchObject({ outcome: 'completed' });
    expect(metrics).toMatchObject({
      'env/all/reward/total': 1,
      'env/all/won': 1,
      'env/all/unreadable': 0,
      'test/env/all/won': 1,
    });
  }
});

test('turns that are cut off are judged by the game, and the game goes on', async () => {
  const { metrics } = await run('guess_number', small, () => ({ cut: 'Guess' }));
  expect(metrics).toMatchObject({
    'env/all/reward/total': -5,
    'env/all/turns_per_episode': 5,
    'env/all/unreadable': 1,
    'env/all/won': 0,
    'env/all/stop/max_turns': 1,
  });
});

test('an engine that dies in the middle of a game is tried again, if rollouts may fail', async () => {
  let deaths = 0;
  const dies: Policy = prompt => {
    if (!prompt.includes('Too') || deaths > 0) return halves(prompt);
    deaths++;
    throw new Error('the engine is gone');
  };
  const { outcome, metrics } = await run('guess_number', { ...small, rolloutErrorTolerance: true }, dies);
  expect(deaths).toBe(1);
  expect(outcome).toMatchObject({ outcome: 'completed' });
  expect(metrics).toMatchObject({ 'env/all/won': 1, 'env/all/total_episodes': 2 });
});

test('fewer numbers than a batch are an error with the numbers, before anything runs', async () => {
  await expect(run('guess_number', { ...small, batchSize: 15 }, halves)).rejects.toMatchObject({
    code: 'GAMES_TOO_FEW',
    at: 'recipe.with.batchSize',
    found: '14 numbers to train on, 1 times, and batchSize 15',
  });
});

const asks = { batchSize: 1, groupSize: 2, testGroupSize: 1, evalEvery: 0, answererModel: 'scripted' };
/** Both seats: the answerer says what its word is, and the player guesses what it was told. */
const tells: Policy = prompt => {
  const [, word] = /Your secret word is (\w+)\./.exec(prompt) ?? [];
  if (word !== undefined) return word;
  const [, told] = /user\n(\w+)<\|im_end\|>\n<\|im_start\|>assistant\n$/.exec(prompt) ?? [];
  return told === undefined ? 'Is it?' : `Guess: ${told}`;
};

test('the answerer hears each turn, and the player its answer', async () => {
  const { outcome, metrics } = await run('twenty_questions', asks, tells);
  expect(outcome).toMatchObject({ outcome: 'completed' });
  expect(metrics).toMatchObject({ 'env/all/won': 1, 'env/all/questions': 2, 'env/all/yes_or_no': 0 });
});

/** Dies the first time that it is asked. */
const dying = (): Policy => {
  let deaths = 0;
  return prompt => {
    if (!prompt.includes('Your secret word') || deaths > 0) return tells(prompt);
    deaths++;
    throw new Error('the engine is gone');
  };
};

test('an answerer that dies ends the run with its name, or is tried again if rollouts may fail', async () => {
  const failed = await run('twenty_questions', asks, dying());
  expect(failed.outcome).toMatchObject({
    outcome: 'failed',
    error: { code: 'ANSWERER_FAILED', found: 'the engine is gone' },
  });
  const { metrics } = await run('twenty_questions', { ...asks, rolloutErrorTolerance: true }, dying());
  expect(metrics).toMatchObject({ 'env/all/won': 1, 'env/all/total_episodes': 2 });
});

test('all that is wrong with the answerer and the words is found before anything runs', async () => {
  const wrong = { ...asks, answererEngine: 'other', words: '/nowhere/words.txt' };
  await expect(run('twenty_questions', wrong, tells)).rejects.toMatchObject({
    errors: [
      { code: 'PROVIDER_MISSING', at: 'recipe.with.answererEngine' },
      { code: 'WORDS_UNREADABLE', at: 'recipe.with.words' },
    ],
  });
  await expect(
    run('twenty_questions', { ...asks, answererModel: 'unheard-of' }, tells),
  ).rejects.toMatchObject({ code: 'RENDERER_UNKNOWN', at: 'recipe.with.answererRendererName' });
});
