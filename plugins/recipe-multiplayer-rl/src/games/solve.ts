/** Games solved to their end: what a position is worth, and the move to make. For games small enough to look at every position. */
import { type GamePosition, type Seat, TinsmithError } from '@tinsmith/core';

/** Seconds of work and some 100 MB; tic-tac-toe has 5,478 positions. */
const MOST_POSITIONS = 300_000;
/** Moves from a start to an end: each is a call within a call. */
const LONGEST = 1_000;

export class SolvedGame {
  readonly #values = new Map<string, number>();

  /** 1: seat 0 wins if both play well, -1: seat 1 does, 0: a draw. @throws GAME_TOO_LARGE */
  value(position: GamePosition, depth = 0): number {
    const known = this.#values.get(position.key);
    if (known !== undefined) return known;
    if (this.#values.size >= MOST_POSITIONS || depth > LONGEST) throw tooLarge();
    const value = this.#look(position, depth);
    this.#values.set(position.key, value);
    return value;
  }

  /** The first of the best moves, in the order in which the game names them; a quicker win is no better. */
  bestMove(position: GamePosition): string {
    const { turn, moves } = position;
    const sign = turn === 1 ? -1 : 1;
    const values = moves.map(move => sign * this.value(position.play(move)!));
    return moves[values.indexOf(Math.max(...values))]!;
  }

  #look(position: GamePosition, depth: number): number {
    const { turn, winner, moves } = position;
    if (turn === undefined) return winner === undefined ? 0 : worth(winner);
    const values = moves.map(move => this.value(position.play(move)!, depth + 1));
    return turn === 0 ? Math.max(...values) : Math.min(...values);
  }
}

const worth = (winner: Seat) => (winner === 0 ? 1 : -1);

const tooLarge = () =>
  new TinsmithError({
    code: 'GAME_TOO_LARGE',
    message: 'the game is too large to be solved',
    found: `more than ${MOST_POSITIONS.toLocaleString('en')} positions, or games of more than ${LONGEST} moves`,
    fix: 'another opponent than "optimal"',
  });
