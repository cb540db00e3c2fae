/** The recipes as the runner and the testkit see it, on the toy engine. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  DataAssembled,
  definePlugin,
  type GamePosition,
  Games,
  Models,
  RolloutsGraded,
  type Seat,
} from '@tinsmith/core';
import renderers from '@tinsmith/renderers-chat';
import { gameConformance, recipeConformance, toyEngine } from '@tinsmith/testkit';
import { expect, test } from 'vitest';
import multiplayer from '../src/index.js';
import countToTen from './count-to-ten.js';

const toyModel = definePlugin({
  name: 'toy-model',
  version: '1.0.0',
  setup: ({ provide }) => provide(Models, 'toy', { create: () => ({ renderers: ['qwen3_instruct'] }) }),
});

/** A third party's game: whatever is written is legal, and who wrote more wins after four turns. */
const longerWords = definePlugin({
  name: 'longer-words',
  version: '1.0.0',
  setup: ({ provide }) =>
    provide(Games, 'longer-words', {
      create: () => ({ specification: 'v1' as const, stop: ['.'], start: () => afterWords([]) }),
    }),
});

function afterWords(written: readonly string[]): GamePosition {
  const isOver = written.length === 4;
  const length = (seat: Seat) => written.filter((_, turn) => turn % 2 === seat).join('').length;
  const winner = length(0) > length(1) ? 0 : 1;
  return {
    turn: isOver ? undefined : ((written.length % 2) as Seat),
    winner: isOver && length(0) !== length(1) ? winner : undefined,
    moves: isOver ? [] : ['a', 'ab'],
    key: `${written.length} ${length(0)} ${length(1)}`,
    observe: seat => `You are ${seat}: ${written.join(' ')}`,
    play: text => (isOver || text === '' ? undefined : afterWords([...written, text])),
  };
}

recipeConformance({
  plugins: [toyEngine(), toyModel(), renderers(), multiplayer()],
  recipe: {
    use: 'guess_number',
    with: {
      engine: 'toy',
      modelName: 'toy',
      upperBound: 8,
      maxTurns: 2,
      playerRole: 'assistant',
      batchSize: 1,
      groupSize: 2,
      testGroupSize: 1,
      maxTokens: 4,
      evalEvery: 2,
      maxSteps: 3,
      saveEvery: 1,
      learningRate: 0.1,
    },
  },
  steps: 3,
  hooks: [RolloutsGraded, DataAssembled],
});

recipeConformance({
  plugins: [toyEngine(), toyModel(), renderers(), multiplayer()],
  recipe: {
    use: 'twenty_questions',
    with: {
      engine: 'toy',
      modelName: 'toy',
      answererModel: 'toy',
      answererMaxTokens: 2,
      batchSize: 1,
      groupSize: 2,
      maxTokens: 4,
      evalEvery: 0,
      maxSteps: 3,
      saveEvery: 1,
      learningRate: 0.1,
      rolloutLimits: { maxTurns: 3 },
    },
  },
  steps: 3,
  hooks: [RolloutsGraded, DataAssembled],
});

recipeConformance({
  plugins: [toyEngine(), toyModel(), renderers(), longerWords(), multiplayer()],
  recipe: {
    use: 'text_arena',
    with: {
      engine: 'toy',
      modelName: 'toy',
      gameName: 'longer-words',
      batchSize: 4,
      numTrainDatapoints: 12,
      numTestDatapoints: 2,
      testOpponent: ['random', 'optimal', 'base_model'],
      opponentMaxTokens: 2,
      maxTokens: 2,
      evalEvery: 2,
      maxSteps: 3,
      saveEvery: 1,
      learningRate: 0.1,
    },
  },
  steps: 3,
  hooks: [RolloutsGraded, DataAssembled],
});

gameConformance({ plugins: [multiplayer()], game: 'TicTacToe-v0' });
gameConformance({ plugins: [multiplayer()], game: 'Nim-v0' });
gameConformance({ plugins: [longerWords()], game: 'longer-words' });
gameConformance({ plugins: [countToTen()], game: 'CountToTen-v0' });

const file = (name: string) => readFileSync(join(import.meta.dirname, name), 'utf8');

test('the README shows the game that is tested here', () => {
  expect(file('../README.md')).toContain(file('count-to-ten.ts'));
});
