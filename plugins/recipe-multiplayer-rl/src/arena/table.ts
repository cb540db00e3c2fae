/**
 * One game with two seats, each played by somebody who knows nothing of the other: who has moved waits here until it is its
 * turn again. Whoever leaves lets the other one go. Knows nothing about tokens or rewards.
 */
import type { GamePosition, Seat } from '@tinsmith/core';

/** How a game ended for a seat. An illegal move ends it at once: `forfeited` for who made it. */
export type Ending = 'won' | 'drawn' | 'lost' | 'forfeited' | 'opponent_forfeited';

export class Table {
  #position: GamePosition;
  #forfeitedBy: Seat | undefined;
  #isLeft = false;
  #change = Promise.withResolvers<void>();

  constructor(start: GamePosition) {
    this.#position = start;
  }

  /** The last legal one. */
  get position(): GamePosition {
    return this.#position;
  }

  /** Nobody moves any more: the game has ended, or a seat is empty. */
  get isOver(): boolean {
    return this.#position.turn === undefined || this.#forfeitedBy !== undefined || this.#isLeft;
  }

  /** The turn of the seat whose turn it is, as it was written. */
  write(seat: Seat, text: string): void {
    const { turn } = this.#position;
    if (this.isOver || turn !== seat) throw new Error(`seat ${seat} writes in the turn of ${turn}`);
    const next = this.#position.play(text);
    if (next) this.#position = next;
    else this.#forfeitedBy = seat;
    this.#tell();
  }

  /** True: it is the seat's turn. False: the game is over. */
  async turnOf(seat: Seat): Promise<boolean> {
    while (!this.isOver && this.#position.turn !== seat) await this.#change.promise;
    return !this.isOver;
  }

  /** A game that is still being played ends without a result. */
  leave(): void {
    this.#isLeft = true;
    this.#tell();
  }

  /** Undefined: it has not ended, or a seat was left before it did. */
  endingFor(seat: Seat): Ending | undefined {
    if (this.#forfeitedBy !== undefined)
      return this.#forfeitedBy === seat ? 'forfeited' : 'opponent_forfeited';
    const { turn, winner } = this.#position;
    if (turn !== undefined) return undefined;
    if (winner === undefined) return 'drawn';
    return winner === seat ? 'won' : 'lost';
  }

  #tell(): void {
    this.#change.resolve();
    this.#change = Promise.withResolvers();
  }
}
