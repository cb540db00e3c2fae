/** What is said about rows that are not used: each reason once, with the first place, so that a log stays readable. */
export function skippedRows(
  log: (line: string) => void,
): (reason: string, place: string | undefined) => void {
  const known = new Set<string>();
  return (reason, place) => {
    if (known.has(reason)) return;
    known.add(reason);
    log(`${place ?? 'a row'} is not used: ${reason}; others of that kind are passed over in silence`);
  };
}
