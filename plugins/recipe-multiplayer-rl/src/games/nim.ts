/** Nim: rules and texts of TextArena 0.7.4 (MIT licence), `Nim-v0`. Whoever takes the last object wins. */
import type { Game, GamePosition, Seat } from '@tinsmith/core';
import { pythonInt } from '@tinsmith/training/options';
import { Transcript } from './transcript.js';

const PILES = [3, 4, 5];

const rules = (seat: Seat) =>
  `Welcome to Nim, Player ${seat}!\nRules:\n- On your turn, remove at least one object from exactly one pile.\n` +
  "- Remove objects with the format '[pile quantity]', e.g. '[0 3]'.\n- Whoever takes the last object(s) wins!";

export const nim: Game = {
  specification: 'v1',
  stop: [']\n'],
  start: () => nimPosition(PILES),
};

export function nimPosition(
  piles: readonly number[],
  next: Seat = 0,
  before = new Transcript(rules),
): GamePosition {
  const isOver = piles.every(left => left === 0);
  const other = next === 0 ? 1 : 0;
  const transcript = before.said(
    `Current Pile:\n${piles.map((left, pile) => `  pile ${pile}: ${left}`).join('\n')}`,
  );
  const legal = piles.flatMap((left, pile) =>
    Array.from({ length: left }, (_, taken) => `[${pile} ${taken + 1}]`),
  );

  return {
    turn: isOver ? undefined : next,
    winner: isOver ? other : undefined, // who took the last one
    moves: legal,
    key: `${piles.join(' ')}:${next}`,
    observe: seat => transcript.readBy(seat),

    play(written) {
      const [, first = '', second = ''] = /\[\s*(\p{Nd}+)\s+(\p{Nd}+)\s*\]/u.exec(written) ?? [];
      const [pile, quantity] = [Number(pythonInt(first)), Number(pythonInt(second))];
      const left = piles[pile] ?? 0;
      if (!(quantity > 0 && quantity <= left)) return undefined;
      const told = transcript
        .wrote(next, written)
        .said(`Player ${next} removes ${quantity} from pile ${pile}.`);
      return nimPosition(piles.with(pile, left - quantity), other, told);
    },
  };
}
