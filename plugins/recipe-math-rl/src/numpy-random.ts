/** Numpy's legacy generator (`numpy.random.RandomState`), bit for bit: data made with it in Python is the same here. */

const SIZE = 624;
const SHIFT = 397;

/** Mersenne Twister MT19937 (Matsumoto and Nishimura 1998). */
export class NumpyRandomState {
  readonly #state = new Uint32Array(SIZE);
  #position = SIZE;

  /** A whole number in [0, 2^32). */
  constructor(seed: number) {
    this.#state[0] = seed;
    for (let i = 1; i < SIZE; i++) {
      const previous = this.#state[i - 1]!;
      this.#state[i] = Math.imul(1812433253, previous ^ (previous >>> 30)) + i;
    }
  }

  /** `randint(0, bound)`: a whole number in [0, bound), for bounds up to 2^31. Numpy draws until a masked word fits. */
  below(bound: number): number {
    const mask = 2 ** Math.ceil(Math.log2(bound)) - 1;
    let value = this.#nextWord() & mask;
    while (value >= bound) value = this.#nextWord() & mask;
    return value;
  }

  /** The next 32 bits. */
  #nextWord(): number {
    if (this.#position === SIZE) this.#twist();
    let word = this.#state[this.#position++]!;
    word ^= word >>> 11;
    word ^= (word << 7) & 0x9d2c5680;
    word ^= (word << 15) & 0xefc60000;
    return (word ^ (word >>> 18)) >>> 0;
  }

  #twist(): void {
    const state = this.#state;
    for (let i = 0; i < SIZE; i++) {
      const word = (state[i]! & 0x80000000) | (state[(i + 1) % SIZE]! & 0x7fffffff);
      state[i] = state[(i + SHIFT) % SIZE]! ^ (word >>> 1) ^ (word & 1 ? 0x9908b0df : 0);
    }
    this.#position = 0;
  }
}
