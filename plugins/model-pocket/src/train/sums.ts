/**
 * The sums of the arithmetic environment, x + y with both in 0..100, as chats. A stated share of the
 * answers is wrong on purpose: the model is to know the sums and yet not always say them, as base models
 * do, so that reinforcement learning has something to reinforce. Knows nothing about tokens.
 */
import { createRandom, type Random } from './random.js';
import type { Turn } from './turn.js';

export const LARGEST_SUMMAND = 100;
const HELD_OUT = 500;
const HELD_OUT_SEED = 20_240;

export interface Pair {
  readonly x: number;
  readonly y: number;
}

export const question = ({ x, y }: Pair): string => `What is ${x} + ${y}?`;

/** The turn that the arithmetic environment puts in front of its questions. */
export const fewShotTurn: readonly Turn[] = turn({ x: 4, y: 5 }, 9);

const heldOut = chooseHeldOut();
/** Pairs that never occur in training, neither as a question nor as an example in front of one. */
export const heldOutPairs: readonly Pair[] = [...heldOut].map(pairOf);

export function isHeldOut(pair: Pair): boolean {
  return heldOut.has(indexOf(pair));
}

export interface SumOptions {
  /** Probability that an answer is wrong. */
  readonly wrongShare: number;
  /** Probability that both numbers have one digit: sums to begin with. */
  readonly easyShare: number;
}

/** One question and its answer: alone, behind the environment's example or behind another one. */
export function sumConversation(random: Random, options: SumOptions): Turn[] {
  const asked = askedTurn(random, options);
  const form = random.next();
  if (form < 0.4) return asked;
  return form < 0.75 ? [...fewShotTurn, ...asked] : [...askedTurn(random, options), ...asked];
}

function askedTurn(random: Random, { wrongShare, easyShare }: SumOptions): Turn[] {
  const pair = trainingPair(random, random.next() < easyShare ? 9 : LARGEST_SUMMAND);
  return turn(pair, answer(pair.x + pair.y, random, wrongShare));
}

function turn(pair: Pair, sum: number): Turn[] {
  return [
    { role: 'user', content: question(pair) },
    { role: 'assistant', content: String(sum) },
  ];
}

/** Slips of a careless calculator: a little off, a carry lost, a carry too many, or anything at all. */
function answer(sum: number, random: Random, wrongShare: number): number {
  if (random.next() >= wrongShare) return sum;
  const slip = random.pick([1, 2, 9, 10, undefined]);
  const wrong =
    slip === undefined
      ? random.integer(0, 2 * LARGEST_SUMMAND)
      : random.next() < 0.5
        ? sum - slip
        : sum + slip;
  return wrong < 0 || wrong === sum ? sum + 1 : wrong;
}

function trainingPair(random: Random, largest: number): Pair {
  for (;;) {
    const pair = { x: random.integer(0, largest), y: random.integer(0, largest) };
    if (!isHeldOut(pair)) return pair;
  }
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
