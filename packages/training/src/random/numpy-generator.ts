/**
 * numpy's `default_rng(seed)`, number for number: PCG64 (O'Neill 2014, XSL-RR 128/64) seeded through SeedSequence.
 * Hugging Face `datasets` shuffles with it. Algorithms: numpy/random, _pcg64, bit_generator.pyx, distributions.c.
 */
const MULTIPLIER = (2549297995355413924n << 64n) | 4865540595714422341n;
const WORD_64 = (1n << 64n) - 1n;
const WORD_128 = (1n << 128n) - 1n;

export class NumpyGenerator {
  private state: bigint;
  private readonly increment: bigint;
  /** The unused upper half of the last output that 32 bits were taken from. */
  private half: number | undefined;

  /** @throws {RangeError} for a negative seed or one that is not an integer. */
  constructor(seed: number | bigint) {
    const [stateHigh, stateLow, sequenceHigh, sequenceLow] = seedWords(BigInt(seed));
    this.increment = ((((sequenceHigh! << 64n) | sequenceLow!) << 1n) | 1n) & WORD_128;
    this.state = this.increment + ((stateHigh! << 64n) | stateLow!);
    this.advance();
  }

  /** In [0, 2^64). */
  nextUint64(): bigint {
    this.advance();
    const rotation = this.state >> 122n;
    const mixed = (this.state >> 64n) ^ (this.state & WORD_64);
    return ((mixed >> rotation) | (mixed << (64n - rotation))) & WORD_64;
  }

  /** In [0, 2^32): the lower half of an output first, its upper half next time. */
  nextUint32(): number {
    if (this.half !== undefined) {
      const kept = this.half;
      this.half = undefined;
      return kept;
    }
    const word = this.nextUint64();
    this.half = Number(word >> 32n);
    return Number(word & 0xffffffffn);
  }

  /** A multiple of 2^-53 in [0, 1). */
  random(): number {
    return Number(this.nextUint64() >> 11n) / 2 ** 53;
  }

  /** `integers(0, limit)`, limit in [1, 2^32): Lemire's multiplication (2019), without bias. */
  below(limit: number): number {
    if (limit === 1) return 0; // numpy draws nothing here
    const rejected = (2 ** 32 - limit) % limit;
    for (;;) {
      const product = BigInt(this.nextUint32()) * BigInt(limit);
      if (Number(product & 0xffffffffn) >= rejected) return Number(product >> 32n);
    }
  }

  /** In place, as `shuffle` of a list or of one axis: by masking and rejecting, not by `below`. */
  shuffle(items: { [index: number]: unknown; readonly length: number }): void {
    for (let i = items.length - 1; i > 0; i--) {
      const j = this.upTo(i);
      [items[i], items[j]] = [items[j], items[i]];
    }
  }

  /** `permutation(length)`. */
  permutation(length: number): Uint32Array<ArrayBuffer> {
    const order = Uint32Array.from({ length }, (_, index) => index);
    this.shuffle(order);
    return order;
  }

  /** An integer in [0, largest], largest in [1, 2^32). */
  private upTo(largest: number): number {
    const shift = Math.clz32(largest);
    let value = (this.nextUint32() << shift) >>> shift;
    while (value > largest) value = (this.nextUint32() << shift) >>> shift;
    return value;
  }

  private advance(): void {
    this.state = (this.state * MULTIPLIER + this.increment) & WORD_128;
  }
}

/** numpy's SeedSequence with a pool of four words: four words of 64 bits for any whole number. */
function seedWords(seed: bigint): bigint[] {
  if (seed < 0n) throw new RangeError(`a seed of numpy's generator is not negative: ${seed}`);
  const entropy: number[] = [];
  for (let rest = seed; rest > 0n; rest >>= 32n) entropy.push(Number(rest & 0xffffffffn));

  let constant = 0x43b0d7e5;
  const hash = (value: number): number => {
    const mixed = value ^ constant;
    constant = Math.imul(constant, 0x931e8875);
    return foldHigh(Math.imul(mixed, constant));
  };

  const pool = Array.from({ length: 4 }, (_, i) => hash(entropy[i] ?? 0));
  for (let source = 0; source < 4; source++) {
    for (let target = 0; target < 4; target++) {
      if (source !== target) pool[target] = mix(pool[target]!, hash(pool[source]!));
    }
  }
  for (const word of entropy.slice(4)) {
    for (let target = 0; target < 4; target++) pool[target] = mix(pool[target]!, hash(word));
  }

  constant = 0x8b51f9dd;
  const words = Array.from({ length: 8 }, (_, i) => {
    const mixed = pool[i % 4]! ^ constant;
    constant = Math.imul(constant, 0x58f38ded);
    return BigInt(foldHigh(Math.imul(mixed, constant)));
  });
  return [0, 2, 4, 6].map(i => (words[i + 1]! << 32n) | words[i]!);
}

function mix(x: number, y: number): number {
  return foldHigh(Math.imul(0xca01f9dd, x) - Math.imul(0x4973f715, y));
}

function foldHigh(value: number): number {
  return ((value | 0) ^ (value >>> 16)) >>> 0;
}
