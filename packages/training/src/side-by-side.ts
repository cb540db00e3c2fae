/** Many calls to a service, so many of them at a time. Knows nothing of what is called. */

export interface SideBySideOptions {
  /** Calls at a time. */
  readonly limit: number;
  /** Ends it as a failure does. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * Results in the order of the items. The first failure ends it: nothing new is begun, what is running is aborted by the signal that
 * `work` is given, and once that has ended the failure is thrown. So nothing goes on behind the caller's back.
 * @throws the reason of `signal`, else what `work` threw first
 */
export async function sideBySide<T, R>(
  items: readonly T[],
  { limit, signal }: SideBySideOptions,
  work: (item: T, index: number, signal: AbortSignal) => Promise<R>,
): Promise<R[]> {
  const failing = new AbortController();
  const over = signal ? AbortSignal.any([signal, failing.signal]) : failing.signal;
  const results: R[] = [];
  const failures: unknown[] = [];
  let next = 0;
  const worker = async () => {
    while (next < items.length && !over.aborted) {
      const index = next++;
      try {
        results[index] = await work(items[index]!, index, over);
      } catch (error) {
        failures.push(error);
        failing.abort(error);
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  signal?.throwIfAborted();
  if (failures.length > 0) throw failures[0];
  return results;
}
