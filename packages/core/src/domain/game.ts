/**
 * Games for two seats that take turns in writing. A game knows its rules and its words; who sits in the seats, and what winning
 * is worth, is for those who play.
 */
import { named } from '../token.js';

export type Seat = 0 | 1;

/** Where a game stands. Never changes: a move gives another one. */
export interface GamePosition {
  /** Whose turn it is; undefined: the game is over. */
  readonly turn: Seat | undefined;
  /** Of a game that is over; undefined then: a draw. */
  readonly winner: Seat | undefined;
  /** The legal moves of whose turn it is, as it may write them. Empty: the game is over. */
  readonly moves: readonly string[];
  /** Positions of a game with the same key go on alike, whatever came before: a solved game knows them by it. */
  readonly key: string;
  /** All that the seat is told, from the rules to where the game stands. */
  observe(seat: Seat): string;
  /** After what the seat whose turn it is has written; undefined: that is no legal move. */
  play(written: string): GamePosition | undefined;
}

export interface Game {
  readonly specification: 'v1';
  /** What ends a turn, when a model writes it. */
  readonly stop: readonly string[];
  /** The same seed gives the same start; most games have one only. */
  start(seed: number): GamePosition;
}

/** Games, by the name that a config uses. */
export const Games = named<Game>('game');
