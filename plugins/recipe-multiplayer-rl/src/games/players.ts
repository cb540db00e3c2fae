/** Who can sit at a table without being trained: by chance, by the solved game, or a model that stays as it is. */
import type { GamePosition } from '@tinsmith/core';
import { PythonRandom } from '@tinsmith/training';
import { SolvedGame } from './solve.js';

export interface PlayerCall {
  /** Of this turn: the same seed, the same move. */
  readonly seed: number;
}

/** Writes the next turn of a position in which it has one. */
export type Player = (position: GamePosition, call: PlayerCall) => string | Promise<string>;

/** Any legal move. */
export const randomPlayer = ({ moves }: GamePosition, { seed }: PlayerCall): string =>
  moves[new PythonRandom(seed).below(moves.length)]!;

/** Never loses a game that can be held. @throws GAME_TOO_LARGE, at once if the game from this start is */
export function optimalPlayer(start: GamePosition): Player {
  const solved = new SolvedGame();
  solved.value(start);
  return position => solved.bestMove(position);
}
