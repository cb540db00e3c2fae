/** pass@k: how likely it is that at least one of k answers is right, estimated from n answers. */

/**
 * The unbiased estimate 1 - C(n - c, k) / C(n, k), for c right answers among n (Chen et al. 2021, "Evaluating Large Language
 * Models Trained on Code"), as a product: the binomials themselves overflow.
 *
 * Throws a RangeError unless 1 <= k <= n and 0 <= c <= n.
 */
export function passAtK(n: number, c: number, k: number): number {
  if (!(k >= 1 && k <= n && c >= 0 && c <= n))
    throw new RangeError(`pass@${k} cannot be estimated from ${c} of ${n}`);
  let allWrong = 1;
  for (let i = n - c + 1; i <= n; i++) allWrong *= Math.max(0, 1 - k / i);
  return 1 - allWrong;
}

/** Which k to report for so many samples: 1, 5, 10, 25, 50, 100 as far as they go, and the number itself; for 2 to 4 only the ends. */
export function passKValues(numSamples: number): number[] {
  const common = [1, 5, 10, 25, 50, 100, 250, 500, 1000].filter(k => k < numSamples);
  return [...common, numSamples];
}

/** The mean over examples of pass@k, for each k that some example has samples for. An answer is right if its reward is above 0. */
export function passAtKTable(
  rewards: readonly (readonly number[])[],
  kValues: readonly number[],
): ReadonlyMap<number, number> {
  return new Map(
    kValues.flatMap(k => {
      const enough = rewards.filter(({ length }) => length >= k);
      if (enough.length === 0) return [];
      const sum = enough.reduce((total, own) => total + passAtK(own.length, countRight(own), k), 0);
      return [[k, sum / enough.length] as const];
    }),
  );
}

const countRight = (rewards: readonly number[]) => rewards.filter(reward => reward > 0).length;
