/** Guessing a number: rules, texts and numbers of the Cookbook, for any range. */
import { type Message, textOf } from '@tinsmith/core';
import { type MessageEnv, pythonInt, PythonRandom } from '@tinsmith/training';

const FORMAT = 'the format Guess: <guess> (without the angle brackets), and say nothing else.';
const UNREADABLE = `Failed to parse. Please output in ${FORMAT}`;
const instructions = (upperBound: number) =>
  `Your job is to guess a integer between 0 and ${upperBound}. You can output your guess with ${FORMAT} ` +
  'Then we will tell you whether you guess is too high, too low, or correct.';

export interface GuessNumberRules {
  /** Numbers from 0 up to, and without, this one. */
  readonly upperBound: number;
  readonly maxTurns: number;
  /** How the player's own turns stand in its prompt. */
  readonly playerRole: 'player' | 'assistant';
}

/**
 * One game. A right guess earns 1 and ends it, a wrong one 0, a turn that is no guess -1. Metrics: `unreadable` per turn; `won`
 * and `guesses` of a game that is over.
 */
export function guessNumberGame(target: number, rules: GuessNumberRules): MessageEnv {
  const turns: Message[] = [];
  const conversation = (): Message[] => [
    { role: 'system', content: instructions(rules.upperBound) },
    ...turns,
  ];

  return {
    initialMessages: conversation,

    step(message) {
      const guess = textOf(message);
      const { reply, reward } = judge(guess, target);
      turns.push({ role: rules.playerRole, content: guess }, { role: 'user', content: reply });
      const played = turns.length / 2;
      const won = reward === 1;
      const step = { reward, logs: { guess, feedback: reply, target } };
      const unreadable = reward < 0 ? 1 : 0;
      if (!won && played < rules.maxTurns)
        return { ...step, episodeDone: false, next: conversation(), metrics: { unreadable } };
      return {
        ...step,
        episodeDone: true,
        stopReason: won ? 'completed' : 'max_turns',
        metrics: { unreadable, won: won ? 1 : 0, guesses: played },
      };
    },
  };
}

function judge(text: string, target: number): { reply: string; reward: number } {
  const [, given] = /^Guess: ([^\n]*)/.exec(text) ?? [];
  const guess = given === undefined ? undefined : pythonInt(given);
  if (guess === undefined) return { reply: UNREADABLE, reward: -1 };
  if (guess === BigInt(target)) return { reply: 'Correct', reward: 1 };
  return { reply: guess < target ? 'Too low' : 'Too high', reward: 0 };
}

/** The Cookbook's order, the same for every run. */
export function splitNumbers(
  upperBound: number,
  trainFraction: number,
): { readonly train: readonly number[]; readonly test: readonly number[] } {
  const numbers = Array.from({ length: upperBound }, (_, number) => number);
  const order = new PythonRandom(0).sample(numbers, upperBound);
  const size = Math.trunc(upperBound * trainFraction);
  return { train: order.slice(0, size), test: order.slice(size) };
}

/** How many of the numbers the best strategy finds, as a share: t guesses tell 2^t - 1 numbers apart. */
export const bestWinRate = ({ upperBound, maxTurns }: Pick<GuessNumberRules, 'upperBound' | 'maxTurns'>) =>
  Math.min(1, (2 ** maxTurns - 1) / upperBound);
