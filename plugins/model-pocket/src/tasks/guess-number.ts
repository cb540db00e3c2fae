/** Guessing a number from what is too high and too low. Texts as in the Cookbook, for several ranges. */
import { assistant, type Exercise, system, type Turn, user } from './exercise.js';
import type { Random } from './random.js';

/** In front of the upper bound and behind it. */
const prompt = [
  'Your job is to guess a integer between 0 and ',
  '. You can output your guess with the format Guess: <guess> (without the angle brackets), and say nothing else. ' +
    'Then we will tell you whether you guess is too high, too low, or correct.',
] as const;
export const guessNumberTexts: readonly string[] = prompt;
export const failedToParse =
  'Failed to parse. Please output in the format Guess: <guess> (without the angle brackets), and say nothing else.';

/** Numbers from 0 up to, and without, the bound. The Cookbook's is 1024. */
export const upperBounds = [16, 32, 64, 1024] as const;
export const guessNumberPrompt = (upperBound: number): string => prompt.join(String(upperBound));

const MAX_TURNS = 10;

/**
 * A whole game. Of the guesses, `attention` are within what the answers leave, the others anywhere; `halving`
 * of the attentive ones are in the middle. In half of the games the earlier guesses have the role `player`, as in the
 * Cookbook.
 */
export function guessNumber(random: Random, attention: number, halving: number): Exercise {
  const bound = random.pick(upperBounds);
  const target = random.integer(0, bound - 1);
  let [low, high] = [0, bound - 1];
  const turns: Turn[] = [];
  const length = random.integer(1, MAX_TURNS);
  for (;;) {
    const middle = Math.floor((low + high) / 2);
    const guess = !random.chance(attention)
      ? random.integer(0, bound - 1)
      : random.chance(halving)
        ? middle
        : random.integer(low, high);
    turns.push(assistant(`Guess: ${guess}`));
    if (guess === target || turns.length / 2 >= length) break;
    if (guess < target) low = Math.max(low, guess + 1);
    else high = Math.min(high, guess - 1);
    turns.push(user(guess < target ? 'Too low' : 'Too high'));
  }
  const head = system(guessNumberPrompt(bound));
  if (random.chance(0.5)) return { messages: [head, ...turns] };
  const last = turns.pop()!;
  const given = turns.map(turn => (turn.role === 'assistant' ? { ...turn, role: 'player' } : turn));
  return { messages: [head, ...given, last], onlyLast: true };
}
