/** The one list of what is not reached yet. The aim is that it is empty. */
export interface Skip {
  readonly category: string;
  /** Each field that is given must match. */
  readonly kind?: string;
  readonly loss?: string;
  readonly architecture?: string;
  readonly reason: string;
}

export const skips: readonly Skip[] = [];

/** The reason why a check is skipped, or undefined. */
export function skipReason(
  category: string,
  check: { readonly kind: string; readonly losses?: readonly string[]; readonly architecture?: string },
): string | undefined {
  return skips.find(
    skip =>
      skip.category === category &&
      (skip.kind === undefined || skip.kind === check.kind) &&
      (skip.loss === undefined || (check.losses ?? []).includes(skip.loss)) &&
      (skip.architecture === undefined || skip.architecture === check.architecture),
  )?.reason;
}
