/** Pearson's test of draws against a distribution. */

/**
 * @param counts draws per token
 * @param probabilities of each token; cells that expect fewer than 5 draws are joined.
 * @returns the probability of a deviation at least as large, if the draws follow the distribution.
 */
export function chiSquareProbability(counts: ArrayLike<number>, probabilities: ArrayLike<number>): number {
  let draws = 0;
  for (let i = 0; i < counts.length; i++) draws += counts[i]!;
  const cells: { count: number; expected: number }[] = [];
  const rare = { count: 0, expected: 0 };
  for (let i = 0; i < counts.length; i++) {
    const expected = probabilities[i]! * draws;
    if (expected >= 5) cells.push({ count: counts[i]!, expected });
    else {
      rare.count += counts[i]!;
      rare.expected += expected;
    }
  }
  if (rare.expected >= 5 || cells.length === 0) cells.push(rare);
  else {
    cells[0]!.count += rare.count;
    cells[0]!.expected += rare.expected;
  }
  if (cells.length === 1) return 1;
  const statistic = cells.reduce((sum, { count, expected }) => sum + (count - expected) ** 2 / expected, 0);
  return upperGamma((cells.length - 1) / 2, statistic / 2);
}

/** The regularised upper incomplete gamma function Q(a, x): by its series below a + 1, by a continued fraction above. */
function upperGamma(a: number, x: number): number {
  if (x <= 0) return 1;
  const scale = Math.exp(-x + a * Math.log(x) - logGamma(a));
  if (x < a + 1) {
    let term = 1 / a;
    let sum = term;
    for (let n = 1; n < 1000 && term > sum * 1e-16; n++) sum += term *= x / (a + n);
    return 1 - sum * scale;
  }
  let b = x + 1 - a;
  let c = 1e300;
  let d = 1 / b;
  let fraction = d;
  for (let n = 1; n < 1000; n++) {
    const factor = -n * (n - a);
    b += 2;
    d = 1 / (factor * d + b || 1e-300);
    c = b + factor / c || 1e-300;
    fraction *= c * d;
    if (Math.abs(c * d - 1) < 1e-16) break;
  }
  return fraction * scale;
}

/** Stirling's series after shifting the argument above 7. */
function logGamma(x: number): number {
  let shift = 0;
  for (; x < 7; x++) shift += Math.log(x);
  const inverse = 1 / (x * x);
  const series = (1 / 12 - inverse * (1 / 360 - inverse * (1 / 1260 - inverse / 1680))) / x;
  return (x - 0.5) * Math.log(x) - x + 0.5 * Math.log(2 * Math.PI) + series - shift;
}
