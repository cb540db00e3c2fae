/** Seeds that are derived from other seeds, so that any part of a run can be repeated on its own. */

const GOLDEN_GAMMA = 0x9e3779b97f4a7c15n;

/**
 * One seed from several integers, e.g. `mixSeed(run.seed, step, groupIndex)`: the same parts in the same
 * order give the same seed, and parts that differ give seeds that look unrelated.
 *
 * The parts are folded with SplitMix64 (Steele, Lea and Flood 2014): one step of its generator per part. The
 * upper 52 bits are returned: a whole number in [0, 2^52), so that `seed + index of the sample`, which
 * engines use for the samples of one request, is still exact in a double.
 *
 * Throws a RangeError for a part that is not a whole number.
 */
export function mixSeed(...parts: readonly number[]): number {
  const state = parts.reduce((folded, part) => scramble(folded + BigInt(part) + GOLDEN_GAMMA), 0n);
  return Number(state >> 12n);
}

function scramble(value: bigint): bigint {
  let bits = BigInt.asUintN(64, value);
  bits = BigInt.asUintN(64, (bits ^ (bits >> 30n)) * 0xbf58476d1ce4e5b9n);
  bits = BigInt.asUintN(64, (bits ^ (bits >> 27n)) * 0x94d049bb133111ebn);
  return bits ^ (bits >> 31n);
}
