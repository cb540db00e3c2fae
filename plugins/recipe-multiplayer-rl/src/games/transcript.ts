/**
 * What a seat is told of a game in the words of TextArena 0.7.4: the rules, what was written, what came of it. Knows nothing
 * about any game.
 */
import type { Seat } from '@tinsmith/core';

/** Never changes: a line more makes another one. */
export class Transcript {
  readonly #rules: (seat: Seat) => string;
  readonly #lines: readonly string[];

  constructor(rules: (seat: Seat) => string, lines: readonly string[] = []) {
    this.#rules = rules;
    this.#lines = lines;
  }

  /** What a seat wrote, as it wrote it. */
  wrote(seat: Seat, text: string): Transcript {
    return this.#with(`[Player ${seat}] ${text}`);
  }

  /** What the game says to both. */
  said(text: string): Transcript {
    return this.#with(`[GAME] ${text}`);
  }

  readBy(seat: Seat): string {
    return `\n${[`[GAME] ${this.#rules(seat)}`, ...this.#lines].join('\n')}`;
  }

  #with(line: string): Transcript {
    return new Transcript(this.#rules, [...this.#lines, line]);
  }
}
