/**
 * The engine's own random numbers, so that a seed gives the same values on every platform and version: xoshiro128** with its
 * state filled by SplitMix64, both by Blackman and Vigna (prng.di.unimi.it). Knows nothing of what the numbers are for.
 */
export interface Random {
  /** Uniform in [0, 1), with 53 random bits. */
  uniform(): number;
  /** Standard normal, by the method of Box and Muller. */
  normal(): number;
}

/**
 * @param seed any integer; it counts modulo 2^64. Neighbouring seeds give unrelated streams.
 * @param stream tells apart streams of one seed, e.g. a tensor's name.
 */
export function createRandom(seed: number | bigint, stream = ''): Random {
  let mix = BigInt.asUintN(64, BigInt(seed) ^ (stream === '' ? 0n : fnv1a(stream)));
  const splitMix = () => {
    mix = BigInt.asUintN(64, mix + 0x9e3779b97f4a7c15n);
    let z = mix;
    z = BigInt.asUintN(64, (z ^ (z >> 30n)) * 0xbf58476d1ce4e5b9n);
    z = BigInt.asUintN(64, (z ^ (z >> 27n)) * 0x94d049bb133111ebn);
    return z ^ (z >> 31n);
  };
  const [first, second] = [splitMix(), splitMix()];
  let a = Number(first & 0xffffffffn) | 0;
  let b = Number(first >> 32n) | 0;
  let c = Number(second & 0xffffffffn) | 0;
  let d = Number(second >> 32n) | 0;

  const next = () => {
    const product = Math.imul(b, 5);
    const result = Math.imul((product << 7) | (product >>> 25), 9);
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = (d << 11) | (d >>> 21);
    return result >>> 0;
  };
  const uniform = () => ((next() >>> 5) * 0x4000000 + (next() >>> 6)) * 2 ** -53;
  const normal = () => Math.sqrt(-2 * Math.log(1 - uniform())) * Math.cos(2 * Math.PI * uniform());
  return { uniform, normal };
}

/** 64-bit FNV-1a over the UTF-8 bytes. */
function fnv1a(text: string): bigint {
  let hash = 0xcbf29ce484222325n;
  for (const byte of new TextEncoder().encode(text)) {
    hash = BigInt.asUintN(64, (hash ^ BigInt(byte)) * 0x100000001b3n);
  }
  return hash;
}
