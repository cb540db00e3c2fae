/** Self-play and opponents with policies that are written down; what becomes of a game when a seat fails. */
import { join } from 'node:path';
import {
  definePlugin,
  type Engine,
  Engines,
  inputTokens,
  MetricSinks,
  Models,
  type Tokenizer,
} from '@tinsmith/core';
import renderers from '@tinsmith/renderers-chat';
import { byteTokenizer, TestDirectory, ToyEngine } from '@tinsmith/testkit';
import { runConfig } from 'tinsmith';
import { expect, onTestFinished, test } from 'vitest';
import multiplayer from '../src/index.js';
import { optimalPlayer } from '../src/games/players.js';
import { ticTacToe } from '../src/games/tic-tac-toe.js';

const tokenizer: Tokenizer = byteTokenizer();

/** Writes a turn from the prompt; `isTrained`: for the model that learns, not for a base model. */
type Policy = (prompt: string, isTrained: boolean) => string | Promise<string>;

async function run(options: object, policy: Policy) {
  const folder = new TestDirectory();
  onTestFinished(() => folder.remove());
  const rows: Readonly<Record<string, number>>[] = [];
  const client = (isTrained: boolean): Awaited<ReturnType<Engine['createSamplingClient']>> => ({
    async sample(request) {
      const written = await policy(tokenizer.decode(inputTokens(request.prompt)), isTrained);
      const tokens = written
        .split(/(<\|im_end\|>)/)
        .flatMap(piece => tokenizer.tokenId(piece) ?? tokenizer.encode(piece));
      const sequence = { tokens, logprobs: tokens.map(() => -1), stopReason: 'stop' as const };
      return { sequences: Array.from({ length: request.numSamples }, () => sequence) };
    },
    computeLogprobs: async () => [],
  });
  class Scripted extends ToyEngine {
    override getTokenizer = async () => tokenizer;
    override createSamplingClient = async () => client(false);
    override async createLoraTrainingClient() {
      const training = await super.createLoraTrainingClient();
      training.saveWeightsAndGetSamplingClient = async () => client(true);
      // Bytes are no tokens of the toy model: what is learnt is not looked at here.
      training.forwardBackward = async data => ({
        lossFnOutputs: data.map(({ lossFnInputs }) => ({ logprobs: lossFnInputs['logprobs']! })),
        metrics: {},
      });
      return training;
    }
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
      recipe: {
        use: 'text_arena',
        with: {
          engine: 'scripted',
          modelName: 'scripted',
          batchSize: 4,
          numTrainDatapoints: 4,
          numTestDatapoints: 4,
          evalEvery: 0,
          ...options,
        },
      },
    },
    { output: { out: () => {}, error: () => {} } },
  );
  return { outcome, metrics: rows[0]! };
}

const legalMoves = (prompt: string) => [
  ...prompt.slice(prompt.lastIndexOf('Available Moves')).matchAll(/'(\[\d\])'/g),
];
const firstFree = (prompt: string) => `${legalMoves(prompt)[0]![1]}\n`;

test('both seats play one game, and what one wins the other one loses', async () => {
  const { outcome, metrics } = await run({}, firstFree);
  expect(outcome).toMatchObject({ outcome: 'completed' });
  // Cells 0 to 6 in turn: seat 0 has the diagonal 2, 4, 6 after seven moves.
  expect(metrics).toMatchObject({
    'env/all/total_episodes': 4,
    'env/all/total_turns': 14,
    'env/all/won': 0.5,
    'env/all/lost': 0.5,
    'env/all/reward/total': 0,
    'env/all/illegal': 0,
    'env/all/stop/completed': 1,
  });
});

test('an illegal move is counted apart: it costs 2, ends the game and is no win for the other seat', async () => {
  const { metrics } = await run({}, prompt => (prompt.includes('Player 1 placed') ? 'pass' : '[4] or [0]'));
  expect(metrics).toMatchObject({
    'env/all/forfeited': 0.5,
    'env/all/opponent_forfeited': 0.5,
    'env/all/won': 0,
    'env/all/lost': 0,
    'env/all/illegal': 0.5,
    'env/all/reward/total': -1,
    'env/all/stop/illegal_move': 1,
    'env/all/stop/opponent_illegal_move': 1,
  });
});

test('a seat that loses its game before its first turn samples nothing', async () => {
  const { metrics } = await run({}, () => 'no move');
  expect(metrics).toMatchObject({ 'env/all/forfeited': 0.5, 'env/all/total_ac_tokens': 14 });
});

test('wins, draws and losses against each opponent, from both seats', async () => {
  const play = optimalPlayer(ticTacToe.start(0));
  /** Replays what the prompt tells, and plays on. */
  const perfect: Policy = async (prompt, isTrained) => {
    if (!isTrained) return firstFree(prompt);
    let position = ticTacToe.start(0);
    for (const [, cell] of prompt.matchAll(/in cell (\d)\./g)) position = position.play(`[${cell}]`)!;
    return `${await play(position, { seed: 0 })}\n`;
  };
  const { metrics } = await run({ evalEvery: 1, testOpponent: ['base_model', 'random', 'optimal'] }, perfect);
  expect(metrics).toMatchObject({
    'test/env/base_model/lost': 0,
    'test/env/random/lost': 0,
    'test/env/random/forfeited': 0,
    'test/env/optimal/drawn': 1,
    'test/env/optimal/total_episodes': 4,
  });
  const { 'test/env/random/won': won, 'test/env/random/drawn': drawn } = metrics;
  expect(won! + drawn!).toBe(1);
});

test.each([{ streamMinibatchConfig: { numMinibatches: 2 } }, { maxStepsOffPolicy: 1 }])(
  'games are played to their end while others are learnt from already: %j',
  async mode => {
    const { outcome, metrics } = await run({ ...mode, numTrainDatapoints: 8 }, firstFree);
    expect(outcome).toMatchObject({ outcome: 'completed' });
    expect(metrics).toMatchObject({ 'env/all/won': 0.5, 'env/all/lost': 0.5 });
  },
);

const goesOn: Policy = prompt => `${firstFree(prompt).trim()}<|im_end|>[8]<|im_end|>`;

test('what a model writes behind the end of its turn is not read', async () => {
  const { outcome, metrics } = await run({}, goesOn);
  expect(outcome).toMatchObject({ outcome: 'completed' });
  expect(metrics).toMatchObject({ 'env/all/won': 0.5, 'env/all/total_turns': 14 });
});

/** The engine fails in the n-th request of all. */
function failingIn(requests: readonly number[], how: () => Promise<string>): Policy {
  let count = 0;
  return async prompt => (requests.includes(count++) ? how() : firstFree(prompt));
}
const dies = async (): Promise<never> => Promise.reject(new Error('the engine is gone'));
const neverAnswers = async () => new Promise<never>(() => {});

test('a seat whose engine dies in the middle of a game ends the run, or the game is played again', async () => {
  const failed = await run({}, failingIn([3], dies));
  expect(failed.outcome).toMatchObject({ outcome: 'failed', error: { message: 'the engine is gone' } });
  const { outcome, metrics } = await run({ rolloutErrorTolerance: true }, failingIn([3, 6], dies));
  expect(outcome).toMatchObject({ outcome: 'completed' });
  expect(metrics).toMatchObject({
    'env/all/total_episodes': 4,
    'rollout_errors/total': 2,
    'env/all/won': 0.5,
  });
});

test('a seat that gets no answer is a timeout, and the game is played again', async () => {
  const options = { rolloutErrorTolerance: true, rolloutLimits: { turnTimeoutSeconds: 0.5 } };
  const { metrics } = await run(options, failingIn([4], neverAnswers));
  expect(metrics).toMatchObject({ 'rollout_errors/ROLLOUT_TIMEOUT': 1, 'env/all/total_episodes': 4 });
});

test('a game that cannot be played is left out, and the others are learnt from', async () => {
  const options = { rolloutErrorTolerance: { kind: 'min_viable', maxRetries: 0 } };
  const { outcome, metrics } = await run(options, failingIn([2], dies));
  expect(outcome).toMatchObject({ outcome: 'completed' });
  expect(metrics).toMatchObject({ 'env/all/total_episodes': 2, 'rollout_errors/groups_skipped': 1 });
});

test('a seat that reaches a limit leaves, and the other one is not kept waiting', async () => {
  const { outcome, metrics } = await run({ rolloutLimits: { maxTurns: 2 } }, firstFree);
  expect(outcome).toMatchObject({ outcome: 'completed' });
  expect(metrics).toMatchObject({ 'env/all/stop/max_turns': 1, 'env/all/stop/opponent_left': 1 });
  expect(metrics).not.toHaveProperty('env/all/won');
});

const opponentDies: Policy = (prompt, isTrained) =>
  isTrained || !prompt.includes('Player 1 placed') ? firstFree(prompt) : dies();

test('an opponent that dies in the middle of a game is named', async () => {
  const { outcome } = await run({ evalEvery: 1 }, opponentDies);
  expect(outcome).toMatchObject({
    outcome: 'failed',
    error: { code: 'OPPONENT_FAILED', found: 'the engine is gone' },
  });
});

test('fewer games than a batch, an odd number of seats and an unknown game are found before anything runs', async () => {
  await expect(run({ numTrainDatapoints: 2 }, firstFree)).rejects.toMatchObject({
    code: 'GAMES_TOO_FEW',
    found: '2 seats to train on, and batchSize 4',
  });
  await expect(run({ batchSize: 3 }, firstFree)).rejects.toMatchObject({ at: 'recipe.with.batchSize' });
  await expect(run({ gameName: 'Go-v0' }, firstFree)).rejects.toMatchObject({
    code: 'PROVIDER_MISSING',
    at: 'recipe.with.gameName',
  });
});
