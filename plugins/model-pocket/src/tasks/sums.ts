/**
 * The sums of the arithmetic environment, x + y with both in 0..100, said at once or thought over. Knows
 * nothing about tokens.
 */
import { assistant, type Exercise, type Turn, user } from './exercise.js';
import { createRandom, type Random } from './random.js';

export const LARGEST_SUMMAND = 100;
const HELD_OUT = 500;
const HELD_OUT_SEED = 20_240;

export interface Pair {
  readonly x: number;
  readonly y: number;
}

/** `What is 57 + 38?` */
export const question = ({ x, y }: Pair): string => `What is ${x} + ${y}?`;

/** The turn that the arithmetic environment puts in front of its questions. */
export const fewShotTurn: readonly Turn[] = [user(question({ x: 4, y: 5 })), assistant('9')];

const heldOut = chooseHeldOut();
/** Pairs that the models have never seen, neither as a question nor as an example in front of one. */
export const heldOutPairs: readonly Pair[] = [...heldOut].map(pairOf);

export function isHeldOut(pair: Pair): boolean {
  return heldOut.has(indexOf(pair));
}

/** A pair that is not held out. */
export function drawPair(random: Random, largest = LARGEST_SUMMAND): Pair {
  for (;;) {
    const pair = { x: random.integer(0, largest), y: random.integer(0, largest) };
    if (!isHeldOut(pair)) return pair;
  }
}

/** `What is 57 + 38?` -> `95` */
export const sum = (pair: Pair): Exercise => ({
  messages: [user(question(pair)), assistant(String(pair.x + pair.y))],
});

/** `What is 57 + 38? /think` -> `<think>⏎7 + 8 = 15, 5 + 3 + 1 = 9⏎</think>⏎⏎95`, to be rendered by `qwen3`. */
export function thoughtSum({ x, y }: Pair): Exercise {
  const ones = (x % 10) + (y % 10);
  const tens = [Math.floor(x / 10), Math.floor(y / 10), ...(ones > 9 ? [1] : [])];
  const thought =
    `${x % 10} + ${y % 10} = ${ones}, ` +
    `${tens.join(' + ')} = ${tens.reduce((total, digit) => total + digit, 0)}`;
  return {
    messages: [user(`${question({ x, y })} /think`), assistant(`<think>\n${thought}\n</think>\n\n${x + y}`)],
    renderer: 'qwen3',
  };
}

/** Slips of a careless calculator: a little off, a carry lost, a carry too many, or anything at all. */
export function wrongSum(right: number, random: Random): number {
  const slip = random.pick([1, 2, 9, 10, undefined]);
  const wrong =
    slip === undefined
      ? random.integer(0, 2 * LARGEST_SUMMAND)
      : random.chance(0.5)
        ? right - slip
        : right + slip;
  return wrong < 0 || wrong === right ? right + 1 : wrong;
}

function chooseHeldOut(): ReadonlySet<number> {
  const random = createRandom(HELD_OUT_SEED);
  const chosen = new Set<number>();
  while (chosen.size < HELD_OUT) {
    const index = random.integer(0, (LARGEST_SUMMAND + 1) ** 2 - 1);
    if (index !== indexOf({ x: 4, y: 5 })) chosen.add(index); // the example of the environment is no secret
  }
  return chosen;
}

function indexOf({ x, y }: Pair): number {
  return x * (LARGEST_SUMMAND + 1) + y;
}

function pairOf(index: number): Pair {
  return { x: Math.floor(index / (LARGEST_SUMMAND + 1)), y: index % (LARGEST_SUMMAND + 1) };
}
