/** When a sample ends by itself: at a stop token, or when its text has come to contain a stop string. */

/** Text of token ids. */
export type Decode = (tokens: readonly number[]) => string;

export interface StopRule {
  /** Whether the last of `tokens`, all tokens of the sample so far, ends it. */
  ends(tokens: readonly number[]): boolean;
}

/** @param decode needed if there are stop strings. */
export function createStopRule(
  stopTokens: readonly number[],
  stopStrings: readonly string[],
  decode: Decode | undefined,
): StopRule {
  const ids = new Set(stopTokens);
  // Each token has at least one byte, so this many tokens hold any match that the last one completes. The text of a window can
  // lack the space in front of its first token, hence the margin.
  const longest = stopStrings.reduce((most, text) => Math.max(most, Buffer.byteLength(text)), 0);
  const window = longest + 4;
  return {
    ends(tokens) {
      if (ids.has(tokens.at(-1)!)) return true;
      if (!decode || stopStrings.length === 0) return false;
      const text = decode(tokens.slice(-window));
      return stopStrings.some(stop => text.includes(stop));
    },
  };
}
