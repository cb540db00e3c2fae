/**
 * What becomes of a group when some of its rollouts fail: nothing is lost that could be kept, and a group that
 * cannot be had is left out instead of ending the run (cookbook-algorithms, section 4).
 */
import { type Metrics, TinsmithError } from '@tinsmith/core';

/**
 * - `fail_fast`: the first failure ends the group, and the run with it.
 * - `retry`: each failure is tried again in a fresh environment; the group has `maxRetries` for all its members,
 *   and the failure after those ends it.
 * - `min_viable`: a failure is tried again only while fewer than `minSuccessful` members have succeeded; then the
 *   group goes on with those that have.
 */
export type RolloutErrorPolicy =
  | { readonly kind: 'fail_fast' }
  | { readonly kind: 'retry'; readonly maxRetries?: number | undefined }
  | {
      readonly kind: 'min_viable';
      readonly maxRetries?: number | undefined;
      /** Default: three quarters of the group, rounded up. */
      readonly minSuccessful?: number | undefined;
    };

/** Of a group, unless the policy says another number. */
const MAX_RETRIES = 3;

/** As options say it: false and nothing end the run, true tries again. */
export function errorPolicyOf(tolerance: boolean | RolloutErrorPolicy = false): RolloutErrorPolicy {
  if (typeof tolerance === 'object') return tolerance;
  return tolerance ? { kind: 'retry', maxRetries: MAX_RETRIES } : { kind: 'fail_fast' };
}

export const minViableFloor = (groupSize: number): number => Math.ceil(0.75 * groupSize);

export interface Attempts<T> {
  /** In the order of the members. */
  readonly results: readonly T[];
  /** In the order in which they happened. */
  readonly errors: readonly unknown[];
}

/**
 * Waits for all members of a group. `again(member, attempt)` plays a member once more; attempts count from 1.
 *
 * Throws the failure that ends the group, or ALL_ROLLOUTS_FAILED if too few are left of a `min_viable` one. What is
 * still running then is the caller's to stop.
 */
export async function settleGroup<T>(
  first: readonly Promise<T>[],
  again: (member: number, attempt: number) => Promise<T>,
  policy: RolloutErrorPolicy,
): Promise<Attempts<T>> {
  if (policy.kind === 'fail_fast') return { results: await Promise.all(first), errors: [] };
  const floor =
    policy.kind === 'min_viable' ? (policy.minSuccessful ?? minViableFloor(first.length)) : first.length;
  let retriesLeft = policy.maxRetries ?? MAX_RETRIES;
  let succeeded = 0;
  const errors: unknown[] = [];

  /** Undefined: the group goes on without this member. */
  const settle = async (
    attempt: Promise<T>,
    member: number,
    count = 1,
  ): Promise<{ value: T } | undefined> => {
    try {
      const value = await attempt;
      succeeded++;
      return { value };
    } catch (error) {
      errors.push(error);
      const isNeeded = policy.kind === 'retry' || succeeded < floor;
      if (isNeeded && retriesLeft > 0) {
        retriesLeft--;
        return settle(again(member, count), member, count + 1);
      }
      if (policy.kind === 'retry') throw error;
      return undefined;
    }
  };
  const settled = await Promise.all(first.map((attempt, member) => settle(attempt, member)));

  const results = settled.flatMap(result => (result ? [result.value] : []));
  if (results.length >= floor) return { results, errors };
  throw new TinsmithError({
    code: 'ALL_ROLLOUTS_FAILED',
    message: `of ${first.length} rollouts of a group ${results.length} succeeded; it needs ${floor}`,
    found: errors.map(String).join('; '),
    cause: errors.at(-1),
  });
}

/** Counts failures over a whole run, by their code or name. */
export class RolloutErrorCounter {
  readonly #counts = new Map<string, number>();
  #skipped = 0;
  #any = false;

  /** `isSkipped`: the whole group was left out. */
  add(errors: readonly unknown[], { isSkipped = false } = {}): void {
    this.#any ||= errors.length > 0 || isSkipped;
    if (isSkipped) this.#skipped++;
    for (const error of errors) {
      const name = nameOf(error);
      this.#counts.set(name, (this.#counts.get(name) ?? 0) + 1);
    }
  }

  /** Nothing as long as nothing has failed. */
  metrics(): Metrics {
    if (!this.#any) return {};
    const counts = Object.fromEntries([...this.#counts].map(([name, n]) => [`rollout_errors/${name}`, n]));
    return {
      ...counts,
      'rollout_errors/total': [...this.#counts.values()].reduce((sum, n) => sum + n, 0),
      'rollout_errors/groups_skipped': this.#skipped,
    };
  }
}

function nameOf(error: unknown): string {
  if (TinsmithError.is(error)) return error.code;
  return error instanceof Error ? error.name : typeof error;
}
