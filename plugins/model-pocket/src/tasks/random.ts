/**
 * Seeded random numbers: the same seeds give the same sequence on every machine, so that generated data
 * need not be stored. Knows nothing about what is drawn.
 */
export interface Random {
  /** Uniform in [0, 1), 32 bits of resolution. */
  next(): number;
  /** Uniform integer, both ends included. */
  integer(low: number, high: number): number;
  /** True with that probability. */
  chance(probability: number): boolean;
  pick<T>(items: NonEmpty<T>): T;
  /** `count` different ones in random order, or all of them if there are fewer. */
  sample<T>(items: readonly T[], count: number): T[];
}

export type NonEmpty<T> = readonly [T, ...T[]];

/** The words of a text. */
export const wordsOf = (text: string): NonEmpty<string> => text.split(' ') as unknown as NonEmpty<string>;

/**
 * mulberry32 (Tommy Ettinger, public domain). Several seeds name one stream each, e.g. (seed, step): streams
 * of neighbouring steps are unrelated because every seed is mixed in before the first draw.
 */
export function createRandom(...seeds: readonly number[]): Random {
  let state = 0;
  const next = (): number => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  for (const seed of seeds) state = ((next() * 2 ** 32) ^ seed) | 0;

  const integer = (low: number, high: number): number => low + Math.floor(next() * (high - low + 1));
  return {
    next,
    integer,
    chance: probability => next() < probability,
    pick: items => items[integer(0, items.length - 1)] ?? items[0],
    sample(items, count) {
      const left = [...items];
      return Array.from(
        { length: Math.min(count, items.length) },
        () => left.splice(integer(0, left.length - 1), 1)[0]!,
      );
    },
  };
}
