/** The distances of the engine's golden vectors, as their README defines them. */
import type { Measurement } from '../category.ts';

export type Numbers = ArrayLike<number>;

/** Largest absolute difference. */
export function largestDifference(found: Numbers, expected: Numbers): number {
  sameLength(found, expected);
  let largest = 0;
  for (let i = 0; i < expected.length; i++) largest = worse(largest, Math.abs(found[i]! - expected[i]!));
  return largest;
}

/** Largest of abs(x - e) / (1 + abs(e)). */
export function largestRelativeDifference(found: Numbers, expected: Numbers): number {
  sameLength(found, expected);
  let largest = 0;
  for (let i = 0; i < expected.length; i++)
    largest = worse(largest, Math.abs(found[i]! - expected[i]!) / (1 + Math.abs(expected[i]!)));
  return largest;
}

export function countDifferent(found: Numbers, expected: Numbers): number {
  sameLength(found, expected);
  let count = 0;
  for (let i = 0; i < expected.length; i++) if (found[i] !== expected[i]) count++;
  return count;
}

export function norm(values: Numbers): number {
  let sum = 0;
  for (let i = 0; i < values.length; i++) sum += values[i]! * values[i]!;
  return Math.sqrt(sum);
}

export function difference(a: Numbers, b: Numbers): Float64Array {
  sameLength(a, b);
  return Float64Array.from({ length: a.length }, (_, i) => a[i]! - b[i]!);
}

export type NamedNumbers = ReadonlyMap<string, Numbers>;

/** Per tensor norm(x - e) / (norm(e) + 0.001 norm(all gradients)). */
export function gradientDistances(found: NamedNumbers, expected: NamedNumbers, limit: number): Measurement[] {
  sameNames(found, expected);
  const whole = norm(Float64Array.from(expected.values(), norm));
  return [...expected].map(([name, values]) => ({
    quantity: `grad/${name}`,
    distance: norm(difference(found.get(name)!, values)) / (norm(values) + 0.001 * whole || 1),
    limit,
  }));
}

/** Per tensor norm(x - e) / norm(e - start), with all entries and without the 1 % that differ most. */
export function updateDistances(
  start: NamedNumbers,
  found: NamedNumbers,
  expected: NamedNumbers,
  limits: { readonly update: number; readonly trimmed: number },
): Measurement[] {
  sameNames(found, expected);
  return [...expected].flatMap(([name, values]) => {
    const moved = norm(difference(values, start.get(name)!));
    const off = difference(found.get(name)!, values).map(Math.abs).toSorted();
    const kept = off.subarray(0, off.length - Math.ceil(off.length / 100));
    const relative = (distance: number) => (distance === 0 ? 0 : distance / moved);
    return [
      { quantity: `update/${name}`, distance: relative(norm(off)), limit: limits.update },
      { quantity: `update_trimmed/${name}`, distance: relative(norm(kept)), limit: limits.trimmed },
    ];
  });
}

/** NaN is worse than any number. */
const worse = (a: number, b: number): number => (Number.isNaN(a) || Number.isNaN(b) ? NaN : Math.max(a, b));

function sameLength(found: Numbers, expected: Numbers): void {
  if (found.length !== expected.length)
    throw new Error(`${found.length} numbers where ${expected.length} are expected`);
}

function sameNames(found: NamedNumbers, expected: NamedNumbers): void {
  const names = (map: NamedNumbers) => [...map.keys()].toSorted().join('\n');
  if (expected.size === 0 || names(found) !== names(expected))
    throw new Error(`the tensors are not the expected ones: ${found.size} found, ${expected.size} expected`);
}
