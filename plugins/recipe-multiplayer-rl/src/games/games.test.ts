import { type Game, type GamePosition, type Seat } from '@tinsmith/core';
import { expect, test } from 'vitest';
import { nim, nimPosition } from './nim.js';
import { optimalPlayer, randomPlayer } from './players.js';
import { SolvedGame } from './solve.js';
import { ticTacToe } from './tic-tac-toe.js';

/** Every game in which `seat` plays so, and the other seat every legal move. */
function endings(
  position: GamePosition,
  seat: Seat,
  play: (position: GamePosition) => string,
): GamePosition[] {
  if (position.turn === undefined) return [position];
  const moves = position.turn === seat ? [play(position)] : position.moves;
  return moves.flatMap(move => endings(position.play(move)!, seat, play));
}

const optimal = (game: Game) => {
  const solved = new SolvedGame();
  return { value: solved.value(game.start(0)), play: (position: GamePosition) => solved.bestMove(position) };
};

test('tic-tac-toe is a draw, and the optimal opponent loses from neither seat, whatever the other one plays', () => {
  const { value, play } = optimal(ticTacToe);
  expect(value).toBe(0);
  for (const seat of [0, 1] as const) {
    const all = endings(ticTacToe.start(0), seat, play);
    expect(all.length).toBeGreaterThan(50);
    expect(all.filter(({ winner }) => winner === (seat === 0 ? 1 : 0))).toEqual([]);
  }
});

test('Nim with 3, 4 and 5 is won by who begins, and the optimal opponent wins all of its games from there', () => {
  const { value, play } = optimal(nim);
  expect(value).toBe(1); // 3 xor 4 xor 5 is not 0 (Bouton 1901)
  const all = endings(nim.start(0), 0, play);
  expect(new Set(all.map(({ winner }) => winner))).toEqual(new Set([0]));
});

test('a Nim position is lost for who is to move exactly when the xor of its piles is 0', () => {
  const solved = new SolvedGame();
  for (let code = 0; code < 64; code++) {
    const piles = [code & 3, (code >> 2) & 3, code >> 4];
    const isLost = piles.reduce((a, b) => a ^ b) === 0;
    expect(solved.value(nimPosition(piles))).toBe(isLost ? -1 : 1);
  }
});

test.each(['', '[3 1]', '[0 4]', '[0 0]', '[0]', '0 1', '[-1 1]'])('%s is no move in Nim', text => {
  expect(nim.start(0).play(text)).toBeUndefined();
});

test('a move in Nim is the first one that is written, and the other seat reads all of it', () => {
  const next = nim.start(0).play('I take [2 5], not [0 1]')!;
  expect(next.observe(1)).toMatch(
    /Welcome to Nim, Player 1!.*pile 2: 5\n\[Player 0\] I take \[2 5\], not \[0 1\]\n\[GAME\] Player 0 removes 5 from pile 2\.\n.*pile 2: 0$/s,
  );
});

test('the random opponent takes every legal move, and the same one for the same seed', () => {
  const position = ticTacToe.start(0);
  const moves = Array.from({ length: 200 }, (_, seed) => randomPlayer(position, { seed }));
  expect(new Set(moves)).toEqual(new Set(position.moves));
  expect(randomPlayer(position, { seed: 7 })).toBe(moves[7]);
});

test('a game that is too large to be solved is refused at once', () => {
  const endless = (key: number): GamePosition => ({
    turn: 0,
    winner: undefined,
    moves: ['go on', 'go up'],
    key: String(key),
    observe: () => '',
    play: text => endless(text === 'go on' ? key + 1 : key + 1_000_000),
  });
  expect(() => optimalPlayer(endless(0))).toThrow(expect.objectContaining({ code: 'GAME_TOO_LARGE' }));
});
