/** numpy's old generator, `numpy.random.RandomState`, number for number. New numpy code uses `NumpyGenerator`. */
import { MersenneTwister } from './mersenne-twister.js';

export class NumpyRandomState {
  private readonly twister: MersenneTwister;

  /** @throws {RangeError} unless the seed is an integer in [0, 2^32), as in numpy. */
  constructor(seed: number) {
    if (seed >>> 0 !== seed) throw new RangeError(`a seed of RandomState is in [0, 2^32), not ${seed}`);
    this.twister = MersenneTwister.fromWord(seed);
  }

  /** `random_sample()`: in [0, 1). */
  random(): number {
    return this.twister.nextDouble();
  }

  /** `randint(low, high)`: an integer in [low, high); the range must be below 2^32. */
  integer(low: number, high: number): number {
    const largest = high - low - 1;
    if (!(largest >= 0 && largest < 2 ** 32)) throw new RangeError(`no range of integers: [${low}, ${high})`);
    if (largest === 0) return low; // numpy draws nothing here
    const shift = Math.clz32(largest);
    let value = (this.twister.nextWord() << shift) >>> shift;
    while (value > largest) value = (this.twister.nextWord() << shift) >>> shift;
    return low + value;
  }
}
