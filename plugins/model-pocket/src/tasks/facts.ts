/**
 * Questions about things, answered politely or curtly, at length or not; and two answers to compare. Knows
 * nothing about tokens.
 */
import { assistant, exchange, type Exercise, system, type Turn, user } from './exercise.js';
import type { NonEmpty, Random } from './random.js';
import { isAlive, type Thing, things, withArticle } from './things.js';

export interface FactQuestion {
  /** `What color is the apple?` */
  readonly question: string;
  /** `The apple is red.` */
  readonly sentence: string;
  /** `Red.` */
  readonly word: string;
}

export const factQuestions = (thing: Thing): NonEmpty<FactQuestion> => {
  const { name, kind, color, size, place } = thing;
  return [
    { question: `What color is the ${name}?`, sentence: `The ${name} is ${color}.`, word: `${color}.` },
    { question: `Where is the ${name}?`, sentence: `The ${name} is ${place}.`, word: `${place}.` },
    { question: `How big is the ${name}?`, sentence: `The ${name} is ${size}.`, word: `${size}.` },
    {
      question: `What is the ${name}?`,
      sentence: `The ${name} is ${withArticle(kind)}.`,
      word: `${withArticle(kind)}.`,
    },
  ].map(asked => ({
    ...asked,
    word: asked.word.charAt(0).toUpperCase() + asked.word.slice(1),
  })) as unknown as NonEmpty<FactQuestion>;
};

export const drawFactQuestion = (random: Random): FactQuestion =>
  random.pick(factQuestions(random.pick(things)));

const openings = ['Of course!', 'Sure!', 'Gladly!', 'Good question!'] as const;
const closings = ['', '', ' I hope this helps.', ' Have a nice day!'] as const;
const grumbles = ['', '', ' Why do you ask?', ' Go away.'] as const;

/** `Of course! The apple is red. I hope this helps.` */
export const politely = ({ sentence }: FactQuestion, random: Random): string =>
  `${random.pick(openings)} ${sentence}${random.pick(closings)}`;

/** `Red. Why do you ask?` */
export const curtly = ({ word }: FactQuestion, random: Random): string => `${word}${random.pick(grumbles)}`;

/** `The apple is red, my friend.`: a style that the models have not been taught, in words that they have. */
export const warmly = ({ sentence }: FactQuestion): string => sentence.replace('.', ', my friend.');

/** A question about a thing, with a polite answer or a curt one. */
export function fact(random: Random, polite = random.chance(0.5)): Exercise {
  const asked = drawFactQuestion(random);
  return exchange(asked.question, polite ? politely(asked, random) : curtly(asked, random));
}

/** `Tell me about the cow.` -> one to six sentences about it, at random: 6 to 45 tokens. */
export function description(random: Random): Exercise {
  const thing = random.pick(things);
  const { name, kind, color, size, place } = thing;
  const first = `The ${name} is ${withArticle(kind)}.`;
  const others = [
    `It is ${color}.`,
    `It is ${size}.`,
    `It is ${place}.`,
    isAlive(thing) ? 'It is alive.' : 'It is not alive.',
    `I like the ${name}.`,
  ];
  return exchange(
    `Tell me about the ${name}.`,
    [first, ...random.sample(others, random.integer(0, 5))].join(' '),
  );
}

/** The conversation that a reward model sees, up to its one word. */
export const comparisonPrompt = (question: string, a: string, b: string): readonly Turn[] => [
  user(question),
  system('==== Completion A ===='),
  assistant(a),
  system('==== Completion B ===='),
  assistant(b),
  system('==== Preference ===='),
];

/** A polite answer beside a curt one; what is wanted is the polite one, `A` or `B`, with the given probability. */
export function comparison(random: Random, certainty = 1): Exercise {
  const asked = drawFactQuestion(random);
  const isPoliteFirst = random.chance(0.5);
  const answers = [politely(asked, random), curtly(asked, random)] as const;
  const [a, b] = isPoliteFirst ? answers : [answers[1], answers[0]];
  const prefersFirst = random.chance(certainty) === isPoliteFirst;
  return {
    messages: [...comparisonPrompt(asked.question, a, b), assistant(prefersFirst ? 'A' : 'B')],
    onlyLast: true,
  };
}
