/** Calls to a service, so many at a time, results in the order of the items. The first failure ends it. */
export async function sideBySide<T, R>(
  items: readonly T[],
  limit: number,
  work: (item: T, index: number) => Promise<R>,
): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  let isFailing = false;
  const worker = async () => {
    while (next < items.length && !isFailing) {
      const index = next++;
      try {
        results[index] = await work(items[index]!, index);
      } catch (error) {
        isFailing = true;
        throw error;
      }
    }
  };
  await Promise.all(Array.from({ length: Math.min(limit, items.length) }, worker));
  return results;
}
