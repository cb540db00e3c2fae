/**
 * The Mersenne Twister MT19937 (Matsumoto and Nishimura 1998): the words behind Python's `random` and numpy's old
 * generator. Those two differ in how they seed it and in what they make of its words; this module knows neither.
 */
const SIZE = 624;
const SHIFT = 397;

export class MersenneTwister {
  private readonly state = new Uint32Array(SIZE);
  private used = SIZE;

  /** Seeded with one word (`init_genrand`). */
  static fromWord(seed: number): MersenneTwister {
    const twister = new MersenneTwister();
    const { state } = twister;
    state[0] = seed >>> 0;
    for (let i = 1; i < SIZE; i++) {
      const previous = state[i - 1]!;
      state[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i;
    }
    return twister;
  }

  /** Seeded with several words (`init_by_array`). */
  static fromWords(key: readonly number[]): MersenneTwister {
    const twister = MersenneTwister.fromWord(19650218);
    const { state } = twister;
    let at = 1;
    const stir = (factor: number, add: number): void => {
      const previous = state[at - 1]!;
      state[at] = (state[at]! ^ Math.imul(previous ^ (previous >>> 30), factor)) + add;
      if (++at < SIZE) return;
      state[0] = state[SIZE - 1]!;
      at = 1;
    };
    for (let i = 0, word = 0; i < Math.max(SIZE, key.length); i++) {
      stir(1664525, key[word]! + word);
      word = (word + 1) % key.length;
    }
    for (let i = 1; i < SIZE; i++) stir(1566083941, -at);
    state[0] = 0x80000000;
    return twister;
  }

  /** The next word, in [0, 2^32). */
  nextWord(): number {
    if (this.used === SIZE) this.twist();
    let word = this.state[this.used++]!;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  /** A multiple of 2^-53 in [0, 1), from two words; Python and numpy agree on it. */
  nextDouble(): number {
    const high = this.nextWord() >>> 5;
    const low = this.nextWord() >>> 6;
    return (high * 2 ** 26 + low) / 2 ** 53;
  }

  private twist(): void {
    const { state } = this;
    for (let i = 0; i < SIZE; i++) {
      const joined = (state[i]! & 0x80000000) | (state[(i + 1) % SIZE]! & 0x7fffffff);
      state[i] = state[(i + SHIFT) % SIZE]! ^ (joined >>> 1) ^ (joined & 1 ? 0x9908b0df : 0);
    }
    this.used = 0;
  }
}
