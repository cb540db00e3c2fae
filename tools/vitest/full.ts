/**
 * How much the tests do. What takes long does a sample by default, the same every time; all of it with `TINSMITH_FULL=1`, or where
 * TINSMITH_GOLDEN names reference vectors that are not those of the repository.
 */
export const isFull = process.env['TINSMITH_FULL'] === '1' || process.env['TINSMITH_GOLDEN'] !== undefined;

/** `few` of the list, spread over it, or all. */
export function sampled<Item>(all: readonly Item[], few: number): readonly Item[] {
  if (isFull || all.length <= few) return all;
  return Array.from({ length: few }, (_, i) => all[Math.floor((i * all.length) / few)]!);
}
