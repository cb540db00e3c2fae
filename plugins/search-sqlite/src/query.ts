/** Queries in people's words as expressions of SQLite's FTS5: any of the words may occur, none has a meaning as syntax. */

/** A query is a sentence, not a document. */
const MOST_WORDS = 64;

/** So frequent that looking them up costs much and tells nothing; kept if a query has no others. */
const FREQUENT = new Set(
  (
    'a an and are as at be been by did do does for from had has have he her his how i in is it its of on or she that the ' +
    'their them then there they this to was were what when where which who whom whose why will with you your'
  ).split(' '),
);

/** Undefined if there is no word in the query. */
export function matchExpression(query: string): string | undefined {
  const words = query.toLowerCase().match(/[\p{L}\p{M}\p{N}]+/gu) ?? [];
  const telling = words.filter(word => !FREQUENT.has(word));
  const used = [...new Set(telling.length > 0 ? telling : words)].slice(0, MOST_WORDS);
  return used.length === 0 ? undefined : used.map(word => `"${word}"`).join(' OR ');
}
