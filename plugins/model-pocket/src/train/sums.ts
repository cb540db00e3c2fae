/**
 * The sums of the arithmetic environment, x + y with both in 0..100, as chats. A stated share of the
 * answers is wrong on purpose: the model is to know the sums and yet not always say them, as base models
 * do, so that reinforcement learning has something to reinforce. Knows nothing about tokens.
 */
import type { Message } from '@tinsmith/core';
import { createRandom, type Random } from './random.js';

export const LARGEST_SUMMAND = 100;
const HELD_OUT = 500;
const HELD_OUT_SEED = 20_240;

export interface Pair {
  readonly x: number;
  readonly y: number;
}

export const question = ({ x, y }: Pair): string => `What is ${x} + ${y}?`;

/** The turn that the arithmetic environment puts in front of its questions. */
export const fewShotTurn: readonly Message[] = turn({ x: 4, y: 5 }, 9);

const heldOut = chooseHeldOut();
/** Pairs that never occur in training, neither as a question nor as an example in front of one. */
export const heldOutPairs: readonly Pair[] = [...heldOut].map(pairOf);

export function isHeldOut(pair: Pair): boolean {
  return heldOut.has(indexOf(pair));
}

/**
 * One question and its answer: alone, behind the environment's example or behind another one.
 * `wrongShare` is the probability that the answer, and that of a random example, is wrong.
 */
export function sumConversation(random: Random, wrongShare: number): Message[] {
  const asked = askedTurn(random, wrongShare);
  const form = random.next();
  if (form < 0.4) return asked;
  return form < 0.75 ? [...fewShotTurn, ...asked] : [...askedTurn(random, wrongShare), ...asked];
}

function askedTurn(random: Random, wrongShare: number): Message[] {
  const pair = trainingPair(random);
  return turn(pair, answer(pair.x + pair.y, random, wrongShare));
}

function turn(pair: Pair, sum: number): Message[] {
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

function trainingPair(random: Random): Pair {
  for (;;) {
    const pair = { x: random.integer(0, LARGEST_SUMMAND), y: random.integer(0, LARGEST_SUMMAND) };
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
