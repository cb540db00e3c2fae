/** The work of a step, the same on both sides: which prompts, and what an answer earns. */

export const promptLength = 48;

/** Token ids past the special ones, the same in work.py. */
export function promptOf(index) {
  let state = index + 1;
  return Array.from({ length: promptLength }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return 100 + (state % 49_000);
  });
}

/** The share of different tokens: any number that differs between answers will do. */
export const rewardOf = tokens => new Set(tokens).size / tokens.length;
