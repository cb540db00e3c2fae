/** Checks that do not stop at the first thing that is wrong. */
import { problemsOf, throwProblems } from '@tinsmith/core';

/**
 * The values of all, in order.
 * @throws {TinsmithError} or TinsmithErrors: what is wrong with any of them. A failure of another kind is thrown by itself.
 */
export async function allOrProblems<T>(promises: readonly Promise<T>[]): Promise<T[]> {
  const settled = await Promise.allSettled(promises);
  const failures = settled.flatMap(each => (each.status === 'rejected' ? [each.reason as unknown] : []));
  const foreign = failures.find(failure => problemsOf(failure).length === 0);
  if (foreign !== undefined) throw foreign;
  throwProblems(failures.flatMap(problemsOf));
  return settled.flatMap(each => (each.status === 'fulfilled' ? [each.value] : []));
}
