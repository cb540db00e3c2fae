import { Readable } from 'node:stream';
import {
  type CommandContext,
  Commands,
  definePlugin,
  Engines,
  Games,
  Models,
  Renderers,
} from '@tinsmith/core';
import local from '@tinsmith/engine-local';
import pocket from '@tinsmith/model-pocket';
import renderers from '@tinsmith/renderers-chat';
import { createTestKit } from '@tinsmith/testkit';
import { expect, test } from 'vitest';
import { nim } from '../games/nim.js';
import { ticTacToe } from '../games/tic-tac-toe.js';
import { playCommand } from './play.js';
import { findGame, readRequest } from './request.js';

/** With the model that ships, and this on the standard input. */
async function play(lines: readonly string[], args: readonly string[]) {
  const said: string[] = [];
  const warned: string[] = [];
  const input = Readable.from(lines.map(line => `${line}\n`));
  const plugin = definePlugin({
    name: 'play',
    version: '0.0.0',
    setup({ provide }) {
      provide(Games, 'TicTacToe-v0', { create: () => ticTacToe });
      provide(Games, 'Nim-v0', { create: () => nim });
      provide(Commands, 'play', {
        deps: { engines: Engines, models: Models, renderers: Renderers, games: Games },
        create: registries => playCommand(registries, input),
      });
    },
  });
  await using kit = await createTestKit({
    plugins: [local({ threads: 1 }), pocket(), renderers(), plugin()],
  });
  const context: CommandContext = {
    arguments: args,
    cwd: process.cwd(),
    print: line => void said.push(line),
    warn: line => void warned.push(line),
    signal: new AbortController().signal,
  };
  await (await kit.get(Commands, 'play')).run(context);
  return { said, warned };
}

test('plays move by move through a pipe: the model answers each one, and the result is the last line', async () => {
  const everyCell = Array.from({ length: 9 }, (_, cell) => `[${cell}]`);
  const { said } = await play(everyCell, ['pocket', '--game', 'tictactoe', '--max-tokens', '6']);
  expect(said.length).toBeGreaterThan(1);
  expect(said.at(-1)).toMatch(/^(You have (won|lost)|It is a draw)/);
  const again = await play(everyCell, ['pocket', '--game', 'TicTacToe-v0', '--max-tokens', '6']);
  expect(again.said).toEqual(said);
});

test('an illegal move of a person is no loss, and the game can be left', async () => {
  const { said, warned } = await play(['[9]', '/exit', '[0]'], ['pocket']);
  expect(said).toEqual([]);
  expect(warned).toEqual(['no legal move: [9]; [0] [1] [2] [3] [4] [5] [6] [7] [8]', 'the game was left']);
});

test('counts games against an opponent, in both seats', async () => {
  const { said } = await play([], ['pocket', '--against', 'optimal', '--games', '4', '--max-tokens', '6']);
  expect(said).toHaveLength(1);
  const numbers = [...said[0]!.matchAll(/\d+/g)].map(Number);
  expect(numbers.at(-1)).toBe(4);
  expect(numbers.slice(0, -1).reduce((sum, count) => sum + count)).toBe(4);
  expect(said[0]).toMatch(/^0 won/); // nobody wins against it but by its illegal move, and it makes none
});

test.each([
  [[], 'ARGUMENT_MISSING'],
  [['a', 'b'], 'ARGUMENT_INVALID'],
  [['a', '--at', '000020'], 'ARGUMENT_INVALID'],
  [['a', '--seat', '2'], 'ARGUMENT_INVALID'],
  [['a', '--against', 'nobody'], 'ARGUMENT_INVALID'],
  [['a', '--against', 'random', '--seat', '1'], 'ARGUMENT_INVALID'],
  [['a', '--games', '3'], 'ARGUMENT_INVALID'],
  [['a', '--against', 'random', '--games', '0'], 'ARGUMENT_INVALID'],
  [['a', '--gaem', 'nim'], 'FLAG_UNKNOWN'],
])('refuses %j', (args, code) => {
  expect(() => readRequest(args, process.cwd())).toThrow(expect.objectContaining({ code }));
});

test('a game is found by its short name, and a wrong one is told what there is', () => {
  const games = ['Nim-v0', 'TicTacToe-v0'];
  expect(findGame('tictactoe', games)).toBe('TicTacToe-v0');
  expect(() => findGame('tictactow', games)).toThrow(
    expect.objectContaining({ code: 'GAME_UNKNOWN', fix: '--game tictactoe' }),
  );
});
