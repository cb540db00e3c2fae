/**
 * Python's `random.Random`, number for number: what recipes of the Cookbook shuffle and split with.
 * Algorithms: CPython, Lib/random.py and Modules/_randommodule.c.
 */
import { createHash } from 'node:crypto';
import { MersenneTwister } from './mersenne-twister.js';

export class PythonRandom {
  private readonly twister: MersenneTwister;

  /**
   * An integer or a text. As in Python, the sign of an integer does not matter.
   * @throws {RangeError} for a number that is not an integer (Python takes those through its own hash).
   */
  constructor(seed: number | bigint | string) {
    this.twister = MersenneTwister.fromWords(wordsOf(typeof seed === 'string' ? hashed(seed) : BigInt(seed)));
  }

  /** In [0, 1). */
  random(): number {
    return this.twister.nextDouble();
  }

  /** A number of `bits` random bits, 1 to 53. */
  getRandomBits(bits: number): number {
    if (bits <= 32) return this.twister.nextWord() >>> (32 - bits);
    const low = this.twister.nextWord();
    return (this.twister.nextWord() >>> (64 - bits)) * 2 ** 32 + low;
  }

  /** `randrange(limit)`: an integer in [0, limit), limit at most 2^53 - 1. */
  below(limit: number): number {
    if (!Number.isSafeInteger(limit) || limit < 1) throw new RangeError(`no whole number is below ${limit}`);
    const bits = limit.toString(2).length;
    let value = this.getRandomBits(bits);
    while (value >= limit) value = this.getRandomBits(bits);
    return value;
  }

  /** In place. */
  shuffle(items: unknown[]): void {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.below(i + 1);
      [items[i], items[j]] = [items[j], items[i]];
    }
  }

  /** `count` different items, in the order drawn. */
  sample<T>(items: readonly T[], count: number): T[] {
    if (count > items.length) throw new RangeError(`${count} of ${items.length} items cannot be drawn`);
    // CPython compares the size of a set of `count` entries with that of a list, which decides the order drawn.
    const setSize = 21 + (count > 5 ? 4 ** Math.ceil(Math.log(count * 3) / Math.log(4)) : 0);
    return items.length <= setSize ? this.sampleFromPool(items, count) : this.sampleBySet(items, count);
  }

  /** `count` items with replacement; `weights` need not sum to 1. */
  choices<T>(items: readonly T[], weights: readonly number[], count: number): T[] {
    let sum = 0;
    const cumulative = weights.map(weight => (sum += weight));
    return Array.from({ length: count }, () => {
      const point = this.random() * sum;
      const chosen = cumulative.findIndex(edge => point < edge);
      return items[chosen < 0 ? items.length - 1 : chosen]!;
    });
  }

  private sampleFromPool<T>(items: readonly T[], count: number): T[] {
    const pool = [...items];
    return Array.from({ length: count }, (_, drawn) => {
      const j = this.below(pool.length - drawn);
      const item = pool[j]!;
      pool[j] = pool[pool.length - drawn - 1]!;
      return item;
    });
  }

  private sampleBySet<T>(items: readonly T[], count: number): T[] {
    const drawn = new Set<number>();
    while (drawn.size < count) drawn.add(this.below(items.length));
    return Array.from(drawn, index => items[index]!);
  }
}

/** Little-endian words of 32 bits, at least one. */
function wordsOf(seed: bigint): number[] {
  const words: number[] = [];
  for (let rest = seed < 0n ? -seed : seed; rest > 0n; rest >>= 32n) words.push(Number(rest & 0xffffffffn));
  return words.length > 0 ? words : [0];
}

/** Seeds of version 2: the text with its SHA-512 behind it, as one big-endian integer. */
function hashed(text: string): bigint {
  const bytes = Buffer.from(text, 'utf8');
  const digest = createHash('sha512').update(bytes).digest();
  return BigInt(`0x${Buffer.concat([bytes, digest]).toString('hex')}`);
}
