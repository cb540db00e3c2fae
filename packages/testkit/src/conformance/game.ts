/** What every game must do, whatever its rules: it ends, names its legal moves, and a position never changes. */
import { type ConfiguredPlugin, type Game, type GamePosition, Games } from '@tinsmith/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createTestKit, type TestKit } from '../kit.js';

export interface GameUnderTest {
  readonly plugins: readonly ConfiguredPlugin[];
  readonly game: string;
}

const GAMES = 50;
/** A game that has not ended by then counts as endless. */
const LONGEST = 2_000;

/** Declares the tests of a plugin that provides a game. */
export function gameConformance(subject: GameUnderTest): void {
  describe(`${subject.game} is a game`, () => {
    let kit: TestKit;
    let game: Game;
    beforeAll(async () => {
      kit = await createTestKit({ plugins: subject.plugins });
      game = await kit.get(Games, subject.game);
    });
    afterAll(() => kit[Symbol.asyncDispose]());

    /** Every position of some games in which the moves are taken by the numbers that a seed gives. */
    const played = () =>
      Array.from({ length: GAMES }, (_, seed) => {
        const positions: GamePosition[] = [game.start(seed)];
        for (let state = seed + 1; positions.length < LONGEST;) {
          const { moves } = positions.at(-1)!;
          if (moves.length === 0) break;
          state = (state * 48_271) % 2_147_483_647; // Park and Miller
          positions.push(positions.at(-1)!.play(moves[state % moves.length]!)!);
        }
        return positions;
      });

    test('every game ends, and every move that it names is legal', () => {
      for (const positions of played()) {
        for (const position of positions) {
          expect(position.turn === undefined).toBe(position.moves.length === 0);
          for (const move of position.moves) expect(position.play(move), move).toBeDefined();
        }
        expect(positions.at(-1)!.turn).toBeUndefined();
      }
    });

    test('nothing can be played in a game that is over, and nothing is no move', () => {
      for (const positions of played()) {
        const move = positions.at(-2)!.moves[0]!;
        expect(positions.at(-1)!.play(move)).toBeUndefined();
        expect(positions[0]!.play('')).toBeUndefined();
      }
    });

    test('a position never changes, whatever is played from it', () => {
      const start = game.start(0);
      const before = look(start);
      for (const move of start.moves) start.play(move);
      expect(look(start)).toEqual(before);
      expect(look(game.start(0))).toEqual(before);
    });

    test('the seats are told apart, and each is told what was written', () => {
      const start = game.start(0);
      expect(start.observe(0)).not.toBe(start.observe(1));
      const [move] = start.moves;
      const other = start.turn === 0 ? 1 : 0;
      expect(start.play(move!)!.observe(other)).not.toBe(start.observe(other));
    });

    test('positions with the same key have the same turn and the same moves', () => {
      const known = new Map<string, string>();
      for (const { key, turn, winner, moves } of played().flat()) {
        const facts = JSON.stringify([turn, winner, moves]);
        expect(known.get(key) ?? facts).toBe(facts);
        known.set(key, facts);
      }
    });
  });
}

const look = (position: GamePosition) => ({
  turn: position.turn,
  winner: position.winner,
  moves: [...position.moves],
  key: position.key,
  told: [position.observe(0), position.observe(1)],
});
