/**
 * A seat at a table as an environment: each turn is one prompt with all that the seat has been told, without a history of turns
 * (cookbook-recipes, section 12.3). The other seat belongs to another environment, or to a player.
 */
import {
  type Env,
  type Observation,
  type Renderer,
  type Seat,
  type StepResult,
  textOf,
} from '@tinsmith/core';
import { mixSeed, parseFirstTurn } from '@tinsmith/training';
import type { Player } from '../games/players.js';
import type { Ending, Table } from './table.js';

/** As in the Cookbook. The other side of an illegal move earns nothing. */
const REWARDS = { won: 1, drawn: 0, lost: -1, forfeited: -2, opponent_forfeited: 0 } as const;
const STOP_REASONS = {
  won: 'completed',
  drawn: 'completed',
  lost: 'completed',
  forfeited: 'illegal_move',
  opponent_forfeited: 'opponent_illegal_move',
} as const;

export interface SeatOptions {
  readonly table: Table;
  readonly seat: Seat;
  readonly renderer: Renderer;
  /** What ends a turn. */
  readonly stop: readonly string[];
  /** Who sits in the other seat; none: another environment. `seed` is that of the game. */
  readonly opponent?: { readonly play: Player; readonly seed: number } | undefined;
}

/**
 * Metrics: `illegal` per turn; of a game that is over `won`, `drawn`, `lost`, `forfeited` (by an illegal move of its own) and
 * `opponent_forfeited`, one of them 1.
 */
export function seatEnv({ table, seat, renderer, stop, opponent }: SeatOptions): Env {
  let answered = 0;
  const itIsMyTurn = async () => {
    if (opponent) {
      const { play, seed } = opponent;
      const other = seat === 0 ? 1 : 0;
      while (!table.isOver && table.position.turn === other)
        table.write(other, await play(table.position, { seed: mixSeed(seed, answered++) }));
    }
    return table.turnOf(seat);
  };
  const observe = (): Observation => ({
    input: renderer.buildGenerationPrompt([{ role: 'user', content: table.position.observe(seat) }]),
    stop,
  });

  return {
    async initialObservation() {
      if (await itIsMyTurn()) return observe();
      return { ...observe(), ended: endOf(table.endingFor(seat)) };
    },

    async step({ tokens }): Promise<StepResult> {
      // The stop sequence of a game is not the chat format's: to the renderer such a turn is cut off, and its text is there.
      const written = textOf(parseFirstTurn(renderer, tokens).message);
      const isPlayed = !table.isOver; // the other one may have left meanwhile
      if (isPlayed) table.write(seat, written);
      const logs = { seat, written };
      if (await itIsMyTurn())
        return { reward: 0, episodeDone: false, next: observe(), metrics: { illegal: 0 }, logs };
      const ending = table.endingFor(seat);
      const { metrics, ...end } = endOf(ending);
      const illegal = ending === 'forfeited' ? 1 : 0;
      return { ...end, episodeDone: true, metrics: { ...(isPlayed && { illegal }), ...metrics }, logs };
    },

    leave: () => table.leave(),
  };
}

/** Without an ending the other one has left: nobody has earned anything, and it counts as no game. */
function endOf(ending: Ending | undefined) {
  if (ending === undefined) return { reward: 0, stopReason: 'opponent_left', metrics: {} };
  const none = { won: 0, drawn: 0, lost: 0, forfeited: 0, opponent_forfeited: 0 };
  return { reward: REWARDS[ending], stopReason: STOP_REASONS[ending], metrics: { ...none, [ending]: 1 } };
}
