/** Games as a data set: against itself, to learn from, and against fixed opponents, to see how good it is. */
import type { EnvGroupBuilder, Game, Renderer, RlDataset, Seat } from '@tinsmith/core';
import { mixSeed } from '@tinsmith/training';
import type { Player } from '../games/players.js';
import { seatEnv } from './seat-env.js';
import { Table } from './table.js';

export interface ArenaOptions {
  readonly game: Game;
  readonly renderer: Renderer;
  /** Starts and opponents follow from it. */
  readonly seed: number;
}

const SEATS: readonly Seat[] = [0, 1];

/** Each group is one game, its two members the seats. A batch has half as many games as seats. */
export function selfPlayDataset(
  { game, renderer, seed }: ArenaOptions,
  { seats, batchSize }: { readonly seats: number; readonly batchSize: number },
): RlDataset {
  const groupOf = (index: number): EnvGroupBuilder => ({
    tags: [],
    isOneGame: true,
    makeEnvs() {
      const table = new Table(game.start(mixSeed(seed, index)));
      return SEATS.map(seat => seatEnv({ table, seat, renderer, stop: game.stop }));
    },
  });
  return {
    length: Math.floor(seats / batchSize),
    getBatch: index => Array.from({ length: batchSize / 2 }, (_, i) => groupOf((index * batchSize) / 2 + i)),
  };
}

/** One batch: against each opponent half as many groups as seats, and in each group a game from either seat. */
export function opponentsDataset(
  { game, renderer, seed }: ArenaOptions,
  { seats, opponents }: { readonly seats: number; readonly opponents: ReadonlyMap<string, Player> },
): RlDataset {
  const groupOf = (name: string, play: Player, index: number): EnvGroupBuilder => ({
    tags: [name],
    makeEnvs: () =>
      SEATS.map(seat => {
        const own = mixSeed(seed, index, seat);
        const table = new Table(game.start(own));
        return seatEnv({ table, seat, renderer, stop: game.stop, opponent: { play, seed: own } });
      }),
  });
  return {
    length: 1,
    getBatch: () =>
      [...opponents].flatMap(([name, play]) =>
        Array.from({ length: seats / 2 }, (_, index) => groupOf(name, play, index)),
      ),
  };
}
