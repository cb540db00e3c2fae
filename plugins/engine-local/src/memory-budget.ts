/** How much memory the engine may use when nobody says so. */

/**
 * Three quarters of what is free now, rounded down to 1, 1.5, 2, 3, 4, 6, ... GiB: plans of passes follow from it, and with it the
 * order of sums, so small changes of what is free must not show. At least 1 GiB.
 */
export function defaultMemory(free: number = process.availableMemory()): number {
  const gibibyte = 2 ** 30;
  const share = Math.max(1, (0.75 * free) / gibibyte);
  const power = 2 ** Math.floor(Math.log2(share));
  return (share >= 1.5 * power ? 1.5 * power : power) * gibibyte;
}
