/** How often answers win against others (cookbook-algorithms, section 9): numbers from judgements. Knows nothing of judges. */

export interface WinRate {
  /** From 0 to 1; a tie counts half. */
  readonly win_rate: number;
  /** Standard error of the mean over comparisons; 0 for a single one. */
  readonly stderr: number;
}

/**
 * Per comparison the judge is asked both ways, against the liking for one of the places: `[other first, ours second]` and
 * `[ours first, other second]`.
 */
export function winRate(scores: readonly (readonly [otherFirst: number, oursFirst: number])[]): WinRate {
  const wins = scores.map(([otherFirst, oursFirst]) => (otherFirst - oursFirst + 2) / 4);
  const mean = wins.reduce((sum, win) => sum + win, 0) / wins.length;
  const squares = wins.reduce((sum, win) => sum + (win - mean) ** 2, 0);
  const variance = wins.length > 1 ? squares / (wins.length - 1) : 0;
  return { win_rate: mean, stderr: Math.sqrt(variance / wins.length) };
}
