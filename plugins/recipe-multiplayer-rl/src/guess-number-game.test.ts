import { expect, test } from 'vitest';
import { bestWinRate, guessNumberGame, splitNumbers } from './guess-number-game.js';

const say = (content: string) => ({ role: 'assistant', content });

/** The share of numbers that halving finds. */
async function winRateOfHalving(upperBound: number, maxTurns: number): Promise<number> {
  let wins = 0;
  for (let target = 0; target < upperBound; target++) {
    const game = guessNumberGame(target, { upperBound, maxTurns, playerRole: 'player' });
    let [low, high] = [0, upperBound - 1];
    for (let done = false; !done;) {
      const middle = Math.floor((low + high) / 2);
      const { reward, episodeDone, logs } = await game.step(say(`Guess: ${middle}`));
      if (logs!['feedback'] === 'Too low') low = middle + 1;
      else high = middle - 1;
      wins += reward;
      done = episodeDone;
    }
  }
  return wins / upperBound;
}

test.each([
  [1024, 10],
  [16, 4],
  [16, 3],
  [5, 8],
])(
  'halving wins as many games over %i numbers in %i guesses as the best strategy can',
  async (upperBound, maxTurns) =>
    expect(await winRateOfHalving(upperBound, maxTurns)).toBe(bestWinRate({ upperBound, maxTurns })),
);

test('a game that is over says whether it was won, in how many guesses', async () => {
  const rules = { upperBound: 16, maxTurns: 2, playerRole: 'assistant' } as const;
  const lost = guessNumberGame(3, rules);
  expect(await lost.step(say('hm'))).toMatchObject({ episodeDone: false, metrics: { unreadable: 1 } });
  expect(await lost.step(say('Guess: 4'))).toMatchObject({
    episodeDone: true,
    stopReason: 'max_turns',
    metrics: { unreadable: 0, won: 0, guesses: 2 },
  });
  const won = guessNumberGame(3, rules);
  expect(await won.step(say('Guess: 3'))).toMatchObject({
    stopReason: 'completed',
    metrics: { won: 1, guesses: 1 },
  });
});

test('the numbers that are evaluated on are never trained on', () => {
  const { train, test: held } = splitNumbers(64, 0.75);
  expect(train).toHaveLength(48);
  expect(new Set([...train, ...held]).size).toBe(64);
});
