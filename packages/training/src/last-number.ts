/** Answers that are numbers, in texts that say more. */

/** The last number of a text as it is written, without separators of thousands; undefined without one. */
export function lastNumber(text: string): string | undefined {
  return text
    .replaceAll(',', '')
    .match(/-?\d+(?:\.\d+)?/g)
    ?.at(-1);
}
